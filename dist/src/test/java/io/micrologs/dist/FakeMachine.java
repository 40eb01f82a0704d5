package io.micrologs.dist;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A machine for the launcher: a PATH with the ordinary tools and nothing else, Javas that only tell how they were called, a
 * Maven that only leaves a jar, and a checkout in a path with spaces.
 */
final class FakeMachine {
    private static final List<String> TOOLS = List.of(
            "awk",
            "cat",
            "dirname",
            "find",
            "grep",
            "head",
            "mkdir",
            "mv",
            "readlink",
            "rm",
            "sed",
            "sleep",
            "tail",
            "touch");

    final Path root;
    final Path tools;
    final Path jvms;
    final Path checkout;

    FakeMachine(Path root) throws IOException {
        this.root = root;
        this.tools = Files.createDirectories(root.resolve("tools"));
        this.jvms = Files.createDirectories(root.resolve("jvms"));
        this.checkout = Files.createDirectories(root.resolve("a check out"));
        Files.createDirectories(root.resolve("home"));
        for (String tool : TOOLS) {
            link(tool);
        }
        write(checkout.resolve("pom.xml"), "<project/>");
        write(checkout.resolve("server/pom.xml"), "<project/>");
        write(checkout.resolve("server/src/main/java/A.java"), "class A {}");
        write(checkout.resolve("server/src/main/java/B.java"), "class B {}");
        installLauncher(checkout);
    }

    void link(String tool) throws IOException {
        for (String directory : List.of("/usr/bin", "/bin")) {
            Path real = Path.of(directory, tool);
            if (Files.isExecutable(real)) {
                script(tools.resolve(tool), "#!/bin/sh\nexec " + real + " \"$@\"\n");
                return;
            }
        }
        throw new IllegalStateException("this machine has no " + tool);
    }

    /** The real launcher, but with the machine's directory of Javas replaced by ours. */
    final void installLauncher(Path directory) throws IOException {
        String text = Files.readString(Path.of(System.getProperty("micrologs.checkout"), "micrologs"));
        if (!text.contains("/usr/lib/jvm/*")) {
            throw new IllegalStateException("the launcher no longer looks into /usr/lib/jvm");
        }
        script(directory.resolve("micrologs"), text.replace("/usr/lib/jvm/*", "'" + jvms + "'/*"));
    }

    /** A Java that prints one line per fact. */
    Path java(String name, String version, boolean compiler) throws IOException {
        return java(jvms.resolve(name), version, compiler);
    }

    Path java(Path home, String version, boolean compiler) throws IOException {
        write(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        script(home.resolve("bin/java"), """
                #!/bin/sh
                echo "home=%s"
                echo "pid=$$"
                echo "cwd=$(pwd)"
                for arg in "$@"; do echo "arg=$arg"; done
                echo "last=$arg"
                case $arg in
                    exit-*) exit "${arg#exit-}" ;;
                    wait) trap 'echo terminated; exit 7' TERM; echo ready; while :; do sleep 0.05; done ;;
                esac
                """.formatted(home));
        if (compiler) {
            script(home.resolve("bin/javac"), "#!/bin/sh\n");
        }
        return home;
    }

    /** A Maven that notes each run in {@code builds.txt}. */
    void maven(String extra) throws IOException {
        script(tools.resolve("mvn"), """
                #!/bin/sh
                echo "$JAVA_HOME" >>'%s'
                for arg in "$@"; do
                    case $arg in
                        -Ddist.directory=*) directory=${arg#*=} ;;
                        -Ddist.name=*) name=${arg#*=} ;;
                    esac
                done
                %s
                mkdir -p "$directory/$name/lib"
                echo jar >"$directory/$name/lib/micrologs-server-1.jar"
                """.formatted(root.resolve("builds.txt"), extra));
    }

    List<String> builds() throws IOException {
        Path builds = root.resolve("builds.txt");
        return Files.exists(builds) ? Files.readAllLines(builds) : List.of();
    }

    /** Makes everything of the checkout look an hour old, so that a change now is one. */
    void age() throws IOException {
        try (var files = Files.walk(checkout)) {
            for (Path file :
                    files.filter(path -> !path.toString().contains(".build")).toList()) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3_600)));
            }
        }
    }

    Running start(Path launcher, Map<String, String> environment, Path cwd, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).directory(cwd.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", tools.toString());
        builder.environment().put("HOME", root.resolve("home").toString());
        builder.environment().putAll(environment);
        Path out = Files.createTempFile(root, "out", ".txt");
        Path err = Files.createTempFile(root, "err", ".txt");
        builder.redirectOutput(out.toFile()).redirectError(err.toFile());
        return new Running(builder.start(), out, err);
    }

    Running start(String... args) throws IOException {
        return start(checkout.resolve("micrologs"), Map.of(), root, args);
    }

    record Running(Process process, Path outFile, Path errFile) {
        Running await() throws InterruptedException {
            if (!process.waitFor(30, java.util.concurrent.TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the launcher hangs; " + out() + err());
            }
            return this;
        }

        int exit() {
            return process.exitValue();
        }

        String out() {
            return read(outFile);
        }

        String err() {
            return read(errFile);
        }

        private static String read(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static void script(Path file, String text) throws IOException {
        write(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}

package io.micrologs.database;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns what the server's program said before it ended into one line for the operator. */
final class StartFailures {
    private static final Pattern LIBRARY =
            Pattern.compile("error while loading shared libraries: ([^:]+): cannot open shared object file");
    private static final Pattern GLIBC = Pattern.compile("version `(GLIBC\\w*_[0-9.]+)' not found");
    private static final Map<String, String> DEBIAN = Map.ofEntries(
            Map.entry("libaio.so.1", "libaio1"),
            Map.entry("libcap.so.2", "libcap2"),
            Map.entry("libcrypt.so.1", "libcrypt1"),
            Map.entry("libgcc_s.so.1", "libgcc-s1"),
            Map.entry("libgcrypt.so.20", "libgcrypt20"),
            Map.entry("libgpg-error.so.0", "libgpg-error0"),
            Map.entry("liblz4.so.1", "liblz4-1"),
            Map.entry("liblzma.so.5", "liblzma5"),
            Map.entry("libncurses.so.6", "libncurses6"),
            Map.entry("libnuma.so.1", "libnuma1"),
            Map.entry("libstdc++.so.6", "libstdc++6"),
            Map.entry("libsystemd.so.0", "libsystemd0"),
            Map.entry("libtinfo.so.6", "libtinfo6"),
            Map.entry("libzstd.so.1", "libzstd1"));

    private StartFailures() {}

    /** Why, without a full stop; for use after a colon. */
    static String explain(List<String> log, int exitCode) {
        String text = String.join("\n", log);
        Matcher library = LIBRARY.matcher(text);
        if (library.find()) {
            String name = library.group(1).strip();
            String debian = DEBIAN.get(name);
            return "it needs the system library " + name + "; "
                    + (debian == null
                            ? "install the package that has it"
                            : "apt-get install " + debian + " (or your system's package of it)");
        }
        Matcher glibc = GLIBC.matcher(text);
        if (glibc.find()) {
            return "it needs " + glibc.group(1)
                    + ", which this system is too old for; set database.url to a server of your own";
        }
        if (text.contains("No space left on device")
                || text.contains("Disk full")
                || text.contains("Errcode: 28")
                || text.contains("failed with error 28")) {
            return "the disk is full";
        }
        if (text.contains("Unable to lock ./ibdata1") || text.contains("Can't lock aria control file")) {
            return "another process has its data open";
        }
        if (portTaken(log)) {
            return "its port is taken";
        }
        String last = log.stream()
                .filter(line -> line.contains("[ERROR]") && !line.contains("Aborting"))
                .reduce((first, second) -> second)
                .or(() -> log.stream().filter(line -> !line.isBlank()).reduce((first, second) -> second))
                .map(line -> line.replaceFirst("^\\S+ +\\S+ \\d+ ", ""))
                .orElse("nothing");
        // A process that a signal ended has 128 more than the signal's number.
        String end = exitCode > 128 ? "killed by signal " + (exitCode - 128) : "exit code " + exitCode;
        return end + ", last said: " + last;
    }

    static boolean portTaken(List<String> log) {
        return log.stream().anyMatch(line -> line.contains("Bind on TCP/IP port"));
    }
}

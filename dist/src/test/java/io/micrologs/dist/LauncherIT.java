package io.micrologs.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.dist.FakeMachine.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherIT {
    @TempDir
    private Path root;

    private FakeMachine machine;

    @BeforeEach
    void setUp() throws IOException {
        machine = new FakeMachine(root.toRealPath());
        machine.link("flock");
        machine.maven("");
    }

    /** Lets a process get somewhere; fails after a deadline. */
    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    @Nested
    class Run {
        @BeforeEach
        void setUp() throws IOException {
            machine.java("jdk-17", "17.0.15", true);
        }

        @Test
        void args_withSpaces_arriveAsTheyAre() throws Exception {
            Running run = machine.start("serve", "--name", "two words", "*").await();
            assertThat(run.out()).contains("arg=serve\narg=--name\narg=two words\narg=*\n");
            assertThat(run.exit()).isZero();
        }

        @Test
        void processId_isTheServers() throws Exception {
            Running run = machine.start("serve").await();
            assertThat(run.out()).contains("pid=" + run.process().pid() + "\n");
        }

        @Test
        void exitCode_isTheServers() throws Exception {
            assertThat(machine.start("exit-42").await().exit()).isEqualTo(42);
        }

        @Test
        void sigterm_reachesTheServer() throws Exception {
            Running run = machine.start("wait");
            await(() -> run.out().contains("ready"));
            run.process().destroy();
            run.await();
            assertThat(run.out()).endsWith("terminated\n");
            assertThat(run.exit()).isEqualTo(7);
        }

        @Test
        void otherDirectory_staysTheServers() throws Exception {
            Path elsewhere = Files.createDirectories(machine.root.resolve("else where"));
            Running run = machine.start(machine.checkout.resolve("micrologs"), Map.of(), elsewhere, "serve")
                    .await();
            assertThat(run.out()).contains("cwd=" + elsewhere + "\n");
        }

        @Test
        void linkToALink_findsItsCheckout() throws Exception {
            Path first = Files.createDirectories(machine.root.resolve("links")).resolve("first");
            Files.createSymbolicLink(first, Path.of("../a check out/micrologs"));
            Path second = machine.tools.resolve("micrologs");
            Files.createSymbolicLink(second, first);
            Running run = machine.start(second, Map.of(), machine.root, "serve").await();
            assertThat(run.out()).contains("arg=" + machine.checkout + "/.build/1/lib/micrologs-server-1.jar");
        }

        @Test
        void release_withARuntimeOnly_runsWithoutBuilding() throws Exception {
            Path release = Files.createDirectories(machine.root.resolve("micrologs-1"));
            machine.installLauncher(release);
            Files.createDirectories(release.resolve("lib"));
            Files.writeString(release.resolve("lib/micrologs-server-1.jar"), "jar");
            machine.java("jre-21", "21.0.2", false);
            Running run = machine.start(release.resolve("micrologs"), Map.of(), release, "serve")
                    .await();
            assertThat(run.out())
                    .contains("home=" + machine.jvms.resolve("jre-21"))
                    .contains("arg=" + release + "/lib/micrologs-server-1.jar");
            assertThat(machine.builds()).isEmpty();
        }

        @Test
        void release_withoutServer_saysSo() throws Exception {
            Path release = Files.createDirectories(machine.root.resolve("micrologs-1"));
            machine.installLauncher(release);
            Running run = machine.start(release.resolve("micrologs"), Map.of(), release, "serve")
                    .await();
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.err())
                    .isEqualTo("micrologs: there is no server in " + release + "/lib; unpack the release again\n");
        }
    }

    @Nested
    class Build {
        @BeforeEach
        void setUp() throws IOException {
            machine.java("jdk-17", "17.0.15", true);
            machine.age();
        }

        @Test
        void freshCheckout_buildsOnceThenNoMore() throws Exception {
            Running first = machine.start("serve").await();
            assertThat(first.err()).contains("micrologs: building, about 3 minutes the first time");
            Running second = machine.start("serve").await();
            assertThat(second.err()).isEmpty();
            assertThat(machine.builds()).hasSize(1);
        }

        @Test
        void changedSource_buildsAgainAndKeepsTheBuildThatMayBeRunning() throws Exception {
            machine.start("serve").await();
            Files.writeString(machine.checkout.resolve("server/src/main/java/A.java"), "class A { int a; }");
            Running second = machine.start("serve").await();
            assertThat(second.err()).contains("building, about 1 minute");
            assertThat(second.out()).contains("/.build/2/lib/");
            assertThat(machine.checkout.resolve(".build/1/lib")).exists();
        }

        @Test
        void thirdBuild_removesTheFirst() throws Exception {
            for (int i = 0; i < 3; i++) {
                Files.writeString(machine.checkout.resolve("pom.xml"), "<project>" + i + "</project>");
                machine.start("serve").await();
            }
            assertThat(machine.builds()).hasSize(3);
            assertThat(machine.checkout.resolve(".build/1")).doesNotExist();
            assertThat(machine.checkout.resolve(".build/2")).exists();
        }

        @Test
        void deletedSource_buildsAgain() throws Exception {
            machine.start("serve").await();
            Files.delete(machine.checkout.resolve("server/src/main/java/B.java"));
            machine.start("serve").await();
            assertThat(machine.builds()).hasSize(2);
        }

        @Test
        void sourceChangedDuringTheBuild_buildsAgainNextTime() throws Exception {
            // File times have the grain of a clock tick, so the change waits for the next one.
            machine.maven(
                    "sleep 0.05; echo 'class A { int b; }' >'" + machine.checkout + "/server/src/main/java/A.java'");
            machine.start("serve").await();
            machine.maven("");
            machine.start("serve").await();
            machine.start("serve").await();
            assertThat(machine.builds()).hasSize(2);
        }

        @Test
        void failure_showsItsReasonAndLogAndStartsNothing() throws Exception {
            machine.maven(
                    "echo '[ERROR] A.java:[1,2] class expected'; echo '[ERROR] '; echo '[ERROR] [Help 1] http'; exit 1");
            Running run = machine.start("serve").await();
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.out()).isEmpty();
            assertThat(run.err())
                    .contains("the build failed; its log is " + machine.checkout + "/.build/build.log")
                    .endsWith("[ERROR] A.java:[1,2] class expected\n");
        }

        @Test
        void failureWithoutErrorLines_showsTheEndOfTheLog() throws Exception {
            machine.maven("echo 'mvn: cannot allocate memory'; exit 137");
            Running run = machine.start("serve").await();
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.err()).endsWith("mvn: cannot allocate memory\n");
        }

        @Test
        void failedBuild_isTriedAgainNextTime() throws Exception {
            machine.maven("exit 1");
            machine.start("serve").await();
            machine.maven("");
            assertThat(machine.start("serve").await().exit()).isZero();
        }

        @Test
        void twoStartsAtOnce_buildOnce() throws Exception {
            startTwo();
        }

        @Test
        void twoStartsAtOnceWithoutFlock_buildOnce() throws Exception {
            Files.delete(machine.tools.resolve("flock"));
            startTwo();
            assertThat(machine.checkout.resolve(".build/lock.d")).doesNotExist();
        }

        private void startTwo() throws Exception {
            Path go = machine.root.resolve("go");
            machine.maven("while [ ! -e '" + go + "' ]; do sleep 0.05; done");
            Running first = machine.start("serve");
            await(() -> Files.exists(machine.root.resolve("builds.txt")));
            Running second = machine.start("serve");
            await(() -> second.err().contains("another start is building; waiting for it"));
            Files.createFile(go);
            assertThat(first.await().exit()).isZero();
            assertThat(second.await().exit()).isZero();
            assertThat(second.out()).contains("/.build/1/lib/");
            assertThat(machine.builds()).hasSize(1);
        }

        @Test
        void lockOfAKilledStart_isTakenOverWithoutFlock() throws Exception {
            Files.delete(machine.tools.resolve("flock"));
            Process gone = new ProcessBuilder("true").start();
            gone.waitFor();
            Path lock = Files.createDirectories(machine.checkout.resolve(".build/lock.d"));
            Files.writeString(lock.resolve("pid"), gone.pid() + "\n");
            assertThat(machine.start("serve").await().exit()).isZero();
        }
    }

    @Nested
    class FindingJava {
        @Test
        void javaHome_isUsedThoughThereIsANewerOne() throws Exception {
            machine.java("jdk-25", "25", true);
            Path mine = machine.java(machine.root.resolve("my jdk"), "17.0.1", true);
            Running run = start(Map.of("JAVA_HOME", mine.toString()));
            assertThat(run.out()).startsWith("home=" + mine + "\n");
            assertThat(machine.builds()).containsExactly(mine.toString());
        }

        @Test
        void javaHome_tooOld_isPassedOver() throws Exception {
            machine.java("jdk-17", "17.0.15", true);
            Path old = machine.java(machine.root.resolve("old"), "1.8.0_402", true);
            assertThat(start(Map.of("JAVA_HOME", old.toString())).out())
                    .startsWith("home=" + machine.jvms.resolve("jdk-17") + "\n");
        }

        @Test
        void javaHome_aRuntime_runsButDoesNotBuild() throws Exception {
            Path jdk = machine.java("jdk-17", "17.0.15", true);
            Path runtime = machine.java(machine.root.resolve("jre"), "21.0.1", false);
            Running run = start(Map.of("JAVA_HOME", runtime.toString()));
            assertThat(run.out()).startsWith("home=" + runtime + "\n");
            assertThat(machine.builds()).containsExactly(jdk.toString());
        }

        @Test
        void several_theNewestIsPicked() throws Exception {
            machine.java("a", "17.0.15", true);
            machine.java("b", "11.0.2", true);
            machine.java("c", "25", true);
            machine.java("d", "9.0.4", true);
            Running run = start(Map.of());
            assertThat(run.out())
                    .startsWith("home=" + machine.jvms.resolve("c") + "\n")
                    .contains("arg=--sun-misc-unsafe-memory-access=allow\n");
        }

        @Test
        void sdkman_isFound() throws Exception {
            Path home = machine.java(machine.root.resolve("home/.sdkman/candidates/java/21.0.2-tem"), "21.0.2", true);
            assertThat(start(Map.of()).out())
                    .startsWith("home=" + home + "\n")
                    .doesNotContain("--sun-misc-unsafe-memory-access");
        }

        @Test
        void path_isFoundThroughLinks() throws Exception {
            Path home = machine.java(machine.root.resolve("opt/jdk"), "17.0.15", true);
            Files.createSymbolicLink(machine.root.resolve("alternative"), home.resolve("bin/java"));
            Files.createSymbolicLink(machine.tools.resolve("java"), Path.of("../alternative"));
            assertThat(start(Map.of()).out()).startsWith("home=" + home + "\n");
        }

        @Test
        void none_isOneLine() throws Exception {
            machine.java("jdk-11", "11.0.2", true);
            Running run = start(Map.of());
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.err())
                    .isEqualTo("micrologs: no JDK 17 or later found: apt-get install openjdk-17-jdk-headless, or set"
                            + " JAVA_HOME\n");
        }

        @Test
        void runtimeOnly_isOneLineWhenItMustBuild() throws Exception {
            Path runtime = machine.java("jre-17", "17.0.15", false);
            Running run = start(Map.of());
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.err())
                    .isEqualTo("micrologs: building needs a JDK 17 or later and " + runtime
                            + " is a runtime only: apt-get install openjdk-17-jdk-headless, or set JAVA_HOME\n");
        }

        @Test
        void noMaven_isOneLine() throws Exception {
            machine.java("jdk-17", "17.0.15", true);
            Files.delete(machine.tools.resolve("mvn"));
            Running run = start(Map.of());
            assertThat(run.exit()).isEqualTo(1);
            assertThat(run.err()).isEqualTo("micrologs: building needs Maven 3.8 or later: apt-get install maven\n");
        }

        private Running start(Map<String, String> environment) throws Exception {
            return machine.start(machine.checkout.resolve("micrologs"), environment, machine.root, "serve")
                    .await();
        }
    }
}

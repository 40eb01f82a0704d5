package io.micrologs.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who owns a data directory, and that nothing which a dead process left behind keeps its successor out. */
class OwnershipIT {
    /** Times are promises on a machine that does nothing else, as for -Pfaults. */
    private static final boolean TIMED = Integer.getInteger("faults.trials", 0) > 0;

    private static final long PROMISED_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final String NO_DATABASE = "jdbc:mysql://127.0.0.1:1/none";

    @TempDir
    private static Path programs;

    private static Path launcher;

    @TempDir
    private Path temp;

    @BeforeAll
    static void unpack() throws Exception {
        launcher = PackagedServer.unpack(programs);
    }

    @Test
    void secondIngest_isRefused_andToldWhoHoldsTheDirectory() throws Exception {
        second("ingest", "append");
    }

    @Test
    void secondLoader_isRefused_andToldWhoHoldsTheDirectory() throws Exception {
        second("load", "load");
    }

    /** No database answers: who owns the directory is known without one. */
    private void second(String command, String role) throws Exception {
        Path data = temp.resolve("data");
        String[] nowhere = {"--database.url", NO_DATABASE, "--database.user", "nobody"};
        try (PackagedServer first = PackagedServer.start(List.of(), launcher, data, command, nowhere)) {
            PackagedServer.await("the lock", first, () -> holder(data, role).contains(" since "));
            try (PackagedServer refused = PackagedServer.start(List.of(), launcher, data, command, nowhere)) {
                assertThat(refused.awaitExit()).isEqualTo(1);
                assertThat(refused.output())
                        .contains(role + ".lock is held by process "
                                + first.handle().pid() + " (" + role + ") on "
                                + Files.readString(Path.of("/proc/sys/kernel/hostname"))
                                        .strip() + " since 20")
                        .contains("; stop that process, or use another directory");
            }
            assertThat(first.handle().isAlive()).isTrue();
            first.handle().destroyForcibly();
            first.awaitExit();
        }
        assertThat(holder(data, role)).as("what the killed process left").contains("process ");
        try (PackagedServer next = PackagedServer.start(List.of(), launcher, data, command, nowhere)) {
            PackagedServer.await(
                    "the lock",
                    next,
                    () -> holder(data, role)
                            .startsWith("process " + next.handle().pid() + " "));
            if (command.equals("ingest")) {
                next.awaitListening();
            }
        }
    }

    private static String holder(Path data, String role) {
        Path lock = role.equals("append") ? data.resolve("journal/append.lock") : data.resolve("load.lock");
        try {
            return Files.exists(lock) ? Files.readString(lock) : "";
        } catch (IOException e) {
            return "";
        }
    }

    /**
     * In a container each server is process 1: the lock that one was killed with names its successor. Where no namespace may
     * be made, the lock names another living process, which Chronicle takes for its holder just the same.
     */
    @Test
    void killedAsProcess1WithTheWriteLockHeld_itsSuccessorAsProcess1Starts_andStopsBySigterm() throws Exception {
        List<String> asProcess1 = namespace();
        Path data = temp.resolve("data");
        long lockHolder = asProcess1.isEmpty() ? ProcessHandle.current().pid() : 1;
        try (PackagedServer first = PackagedServer.start(asProcess1, launcher, data, "serve")) {
            PackagedServer.await("the first project", first, () -> first.track() == 202);
            ProcessHandle server = server(first, asProcess1);
            // The embedded database dies: whoever is process 1 has to take note of it, or it stays as a zombie.
            database(server).destroyForcibly();
            PackagedServer.await(
                    "another database", first, () -> findDatabase(server).isPresent());
            assertThat(server.descendants().map(OwnershipIT::state)).doesNotContain('Z');
            server.destroyForcibly();
            first.awaitExit();
        }
        hold(data.resolve("journal"), lockHolder);
        long began = System.nanoTime();
        try (PackagedServer next = PackagedServer.start(asProcess1, launcher, data, "serve")) {
            PackagedServer.await("events to be accepted again", next, () -> next.track() == 202);
            long tookNanos = System.nanoTime() - began;
            System.out.println("accepting again after " + TimeUnit.NANOSECONDS.toMillis(tookNanos) + " ms, "
                    + (asProcess1.isEmpty() ? "beside a living holder" : "as process 1"));
            assertThat(next.output()).contains("Released the write lock that process " + lockHolder + " left behind");
            if (TIMED) {
                assertThat(tookNanos).isLessThan(PROMISED_NANOS);
            }
            ProcessHandle server = server(next, asProcess1);
            PackagedServer.await(
                    "the database", next, () -> findDatabase(server).isPresent());
            assertThat(server.destroy()).isTrue();
            assertThat(next.awaitExit()).as(next.output()).isZero();
            assertThat(next.output()).contains("stopped");
        }
    }

    /** What makes a process the first of a namespace of its own; empty when this machine does not let us. */
    private static List<String> namespace() throws Exception {
        List<String> root = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
        List<String> own =
                List.of("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc");
        for (List<String> command : List.of(root, own)) {
            Process tried = new ProcessBuilder(
                            Stream.concat(command.stream(), Stream.of("true")).toList())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (tried.waitFor() == 0) {
                return command;
            }
        }
        return List.of();
    }

    /** The server's process as this namespace sees it. */
    private static ProcessHandle server(PackagedServer started, List<String> namespace) {
        return namespace.isEmpty()
                ? started.handle()
                : started.handle().children().findFirst().orElseThrow();
    }

    private static ProcessHandle database(ProcessHandle server) {
        return findDatabase(server).orElseThrow();
    }

    private static Optional<ProcessHandle> findDatabase(ProcessHandle server) {
        return server.descendants()
                .filter(process -> process.info().command().orElse("").endsWith("mariadbd"))
                .findFirst();
    }

    private static char state(ProcessHandle process) {
        try {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            // It has ended, and somebody took note.
            return 'X';
        }
    }

    /** As a process leaves it that is killed in the middle of an append. */
    private static void hold(Path journal, long pid) {
        try (SingleChronicleQueue queue = SingleChronicleQueueBuilder.binary(journal.toFile())
                .rollCycle(RollCycles.FAST_HOURLY)
                .build()) {
            queue.metaStore().acquireValueFor("chronicle.write.lock", 1L << 63).setVolatileValue(pid);
        }
    }
}

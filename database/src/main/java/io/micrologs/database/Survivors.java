package io.micrologs.database;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the servers that a killed JVM left running on a data directory.
 *
 * <p>They are found by their command line, not by a file with a process id: that file can be missing, old or name
 * somebody else's process. Taking such a server over was tried and dropped: it runs with the settings of last time, is no
 * child of ours to wait for, and a stop and a start take two seconds.
 */
final class Survivors {
    private static final Logger log = LoggerFactory.getLogger(Survivors.class);

    private Survivors() {}

    /** The caller holds the directory's lock, so nobody is using what is found. */
    static void stop(Path data, Duration deadline) throws InterruptedException {
        for (ProcessHandle survivor : find(data)) {
            log.info("Stopping the database that a killed Micrologs left running, process {}", survivor.pid());
            survivor.destroy();
            if (!ends(survivor, deadline)) {
                survivor.destroyForcibly();
                if (!ends(survivor, deadline)) {
                    throw new DatabaseException("Process " + survivor.pid() + " has the data in " + data
                            + " open and cannot be stopped; stop it and start again");
                }
            }
        }
    }

    static List<ProcessHandle> find(Path data) {
        String argument = "--datadir=" + data;
        return ProcessHandle.allProcesses()
                .filter(process -> arguments(process.pid()).contains(argument))
                .toList();
    }

    private static boolean ends(ProcessHandle process, Duration deadline) throws InterruptedException {
        try {
            process.onExit().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return !process.isAlive();
        }
    }

    /** Not ProcessHandle's own view of them, which is empty for a long command line. */
    private static List<String> arguments(long pid) {
        try {
            byte[] line = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline"));
            return List.of(new String(line, StandardCharsets.UTF_8).split("\0"));
        } catch (IOException e) {
            return List.of();
        }
    }
}

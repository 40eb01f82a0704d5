package io.micrologs.journal;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** A JVM of its own that appends without end, and says each event id once it is acknowledged. */
final class AppendingProcess implements AutoCloseable {
    private static final int IN_FLIGHT = 64;

    private final Process process;
    private final DataInputStream acknowledged;

    private AppendingProcess(Process process) {
        this.process = process;
        this.acknowledged = new DataInputStream(process.getInputStream());
    }

    /** {@code rollEvery}: one five-minute cycle for so many events, by a clock that runs ahead. */
    static AppendingProcess start(Path directory, long firstId, int rollEvery) throws IOException {
        return start(List.of(), directory, firstId, rollEvery, Durability.PROCESS, IN_FLIGHT);
    }

    /** {@code under}: the command that runs the JVM, such as a tracer; none for the JVM itself. */
    static AppendingProcess start(
            List<String> under, Path directory, long firstId, int rollEvery, Durability durability, int inFlight)
            throws IOException {
        List<String> command = new ArrayList<>(under);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (argument.startsWith("--add-") || argument.startsWith("--enable") || argument.startsWith("--sun")) {
                command.add(argument);
            }
        }
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                AppendingProcess.class.getName(),
                directory.toString(),
                Long.toString(firstId),
                Integer.toString(rollEvery),
                durability.name(),
                Integer.toString(inFlight)));
        return new AppendingProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    static JournalConfig config(Path directory, int rollEvery) {
        JournalConfig sample = Samples.config(directory);
        return rollEvery == 0
                ? sample
                : new JournalConfig(directory, "five-minutely", Duration.ofDays(7), 20L << 30, 0, 1024);
    }

    /** The next acknowledged id, or 0 at the process's end. */
    long next() throws IOException {
        try {
            return acknowledged.readLong();
        } catch (EOFException e) {
            return 0;
        }
    }

    /** SIGKILL for what a tracer runs; the tracer then ends by itself. */
    void killTraced() throws InterruptedException {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.waitFor();
    }

    /** SIGKILL; what it acknowledged before can still be read. */
    void kill() {
        process.toHandle().destroyForcibly();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    public static void main(String[] arguments) {
        int rollEvery = Integer.parseInt(arguments[2]);
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out));
        TestClock rolling = new TestClock();
        JournalConfig config = config(Path.of(arguments[0]), rollEvery);
        JournalAppender journal = JournalAppender.open(
                new JournalConfig(
                        config.directory(),
                        config.cycle(),
                        config.retain(),
                        config.bytesMax(),
                        config.freeBytesMin(),
                        config.ringSize(),
                        Durability.valueOf(arguments[3])),
                rollEvery == 0 ? InstantSource.system() : rolling);
        // Everything after the first offers runs in the writer's thread.
        AppendLane lane = new AppendLane(Runnable::run);
        AtomicLong nextId = new AtomicLong(Long.parseLong(arguments[1]));
        for (int i = 0; i < Integer.parseInt(arguments[4]); i++) {
            new Endless(lane, journal, nextId, id -> {
                        try {
                            out.writeLong(id);
                            out.flush();
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                        if (rollEvery > 0 && id % rollEvery == 0) {
                            rolling.move(Duration.ofMinutes(5));
                        }
                    })
                    .offerNext();
        }
    }

    private static final class Endless extends Append {
        private final JournalAppender journal;
        private final AtomicLong nextId;
        private final LongConsumer acknowledge;
        private long id;

        Endless(AppendLane lane, JournalAppender journal, AtomicLong nextId, LongConsumer acknowledge) {
            super(lane);
            this.journal = journal;
            this.nextId = nextId;
            this.acknowledge = acknowledge;
        }

        void offerNext() {
            id = nextId.getAndIncrement();
            clear();
            add(Samples.envelope(id), Samples.pageview(id));
            require(journal.offer(this));
        }

        @Override
        protected void completed(boolean appended) {
            require(appended);
            acknowledge.accept(id);
            offerNext();
        }

        private void require(boolean fine) {
            if (!fine) {
                System.err.println("event " + id + " was refused: " + journal.status());
                Runtime.getRuntime().halt(1);
            }
        }
    }
}

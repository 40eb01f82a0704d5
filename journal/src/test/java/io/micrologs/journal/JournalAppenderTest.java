package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JournalAppenderTest {
    private static final InstantSource CLOCK = InstantSource.system();

    private final JournalConfig config;

    JournalAppenderTest(@TempDir Path directory) {
        config = Samples.config(directory);
    }

    private enum WhoWrites {
        WRITER,
        LOOPS,
        BOTH;

        AppendLane lane(Executor loop, int number) {
            boolean byLoop = this == LOOPS || (this == BOTH && number % 2 == 0);
            return byLoop ? AppendLane.writing(loop) : new AppendLane(loop);
        }
    }

    // Completion

    @ParameterizedTest
    @EnumSource
    void twoLoopsOfManyLanes_completeEachAppendOnce_andStoreItOnce(WhoWrites who) throws InterruptedException {
        int lanes = 16;
        int inFlight = 4;
        int appendsEach = 500;
        ExecutorService first = Executors.newSingleThreadExecutor();
        ExecutorService second = Executors.newSingleThreadExecutor();
        AtomicInteger completed = new AtomicInteger();
        try (JournalAppender journal = JournalAppender.open(config, CLOCK)) {
            for (int i = 0; i < lanes; i++) {
                ExecutorService loop = i % 2 == 0 ? first : second;
                AppendLane lane = who.lane(loop, i);
                for (int k = 0; k < inFlight; k++) {
                    long firstId = 1 + (long) (i * inFlight + k) * appendsEach;
                    Repeating repeating = new Repeating(lane, journal, firstId, appendsEach, completed);
                    loop.execute(repeating::offerNext);
                }
            }
            int all = lanes * inFlight * appendsEach;
            Samples.await("all are completed", () -> completed.get() == all);
            assertThat(journal.status().endSequence()).isEqualTo(all);
            List<JournalRecord> records = readAll();
            assertThat(Samples.eventIds(records).stream().sorted().toList())
                    .isEqualTo(LongStream.rangeClosed(1, all).boxed().toList());
            assertThat(Samples.sequences(records))
                    .isEqualTo(LongStream.rangeClosed(1, all).boxed().toList());
        } finally {
            first.shutdown();
            second.shutdown();
            assertThat(first.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void severalEventsOfOneAppend_areStoredTogether() {
        AtomicBoolean done = new AtomicBoolean();
        try (JournalAppender journal = JournalAppender.open(config, CLOCK)) {
            Append append = new Append(new AppendLane(Runnable::run)) {
                @Override
                protected void completed(boolean appended) {
                    done.set(appended);
                }
            };
            append.add(Samples.envelope(1), new AuditEvent("first", null, "{}"));
            append.add(Samples.envelope(2), Samples.pageview(2));
            assertThat(journal.offer(append)).isTrue();
            Samples.await("it is completed", done::get);
        }
        assertThat(Samples.eventIds(readAll())).containsExactly(1L, 2L);
    }

    @ParameterizedTest
    @EnumSource
    void closeAmidOffers_completesAllThatWereTaken_andStoresExactlyThose(WhoWrites who) throws InterruptedException {
        AtomicLong ids = new AtomicLong();
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger completed = new AtomicInteger();
        AtomicBoolean closed = new AtomicBoolean();
        JournalAppender journal = JournalAppender.open(config, CLOCK);
        List<Thread> threads = IntStream.range(0, 2)
                .mapToObj(i -> new Thread(() -> {
                    AppendLane lane = who.lane(Runnable::run, i);
                    // Not until accepting() says no: it does so whenever the ring is full, long before close().
                    while (!closed.get()) {
                        Append append = new Append(lane) {
                            @Override
                            protected void completed(boolean appended) {
                                assertThat(appended).isTrue();
                                completed.incrementAndGet();
                            }
                        };
                        append.add(Samples.envelope(ids.incrementAndGet()), new AuditEvent("x", null, null));
                        if (journal.offer(append)) {
                            taken.incrementAndGet();
                        }
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        Samples.await("some are stored", () -> completed.get() > 1000);

        journal.close();
        closed.set(true);

        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(completed.get()).isEqualTo(taken.get());
        assertThat(readAll()).hasSize(taken.get());
        assertThat(journal.accepting()).isFalse();
        assertThat(Samples.appendOne(journal, 1)).isFalse();
        journal.close();
    }

    // Refusing

    @Test
    void lowDisk_isRefused_untilThereIsRoomAgain() {
        JournalConfig guarded = new JournalConfig(config.directory(), "hourly", config.retain(), 20L << 30, 1000, 64);
        AtomicLong free = new AtomicLong(5000);
        try (JournalAppender journal = JournalAppender.open(guarded, CLOCK, free::get)) {
            Samples.append(journal, 1, 1);

            free.set(999);
            Samples.await("events are refused", () -> !journal.accepting());
            assertThat(Samples.appendOne(journal, 2)).isFalse();
            assertThat(journal.status().state()).isEqualTo(JournalStatus.State.FAIL);
            assertThat(journal.status().message()).startsWith("disk low");
            assertThat(journal.status().freeBytes()).isEqualTo(999);

            free.set(2000);
            Samples.await("events are accepted", journal::accepting);
            Samples.append(journal, 3, 3);
        }
        assertThat(Samples.eventIds(readAll())).containsExactly(1L, 3L);
    }

    @Test
    void appendThatThrows_completesFalse_andNothingIsAcceptedAfterIt_andTheHandlerIsTold() {
        AtomicReference<Throwable> told = new AtomicReference<>();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> told.set(failure));
        try (JournalAppender journal = JournalAppender.open(config, CLOCK)) {
            Samples.append(journal, 1, 2);
            try (SingleChronicleQueue blocker = openQueue()) {
                blocker.appendLock().lock();

                assertThat(Samples.appendOne(journal, 3)).isFalse();

                assertThat(journal.accepting()).isFalse();
                assertThat(Samples.appendOne(journal, 4)).isFalse();
                JournalStatus status = journal.status();
                assertThat(status.state()).isEqualTo(JournalStatus.State.FAIL);
                assertThat(status.message()).startsWith("an append failed, restart the server: ");
                assertThat(status.failedAppends()).isEqualTo(1);
                assertThat(status.endSequence()).isEqualTo(2);
                assertThat(told.get()).isInstanceOf(JournalException.class).hasMessage(status.message());
                blocker.appendLock().unlock();
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(null);
        }
        try (JournalAppender journal = JournalAppender.open(config, CLOCK)) {
            Samples.append(journal, 5, 5);
        }
        assertThat(Samples.eventIds(readAll())).containsExactly(1L, 2L, 5L);
        assertThat(Samples.sequences(readAll())).containsExactly(1L, 2L, 3L);
    }

    @Test
    void appendThatThrowsOnAFullDisk_goesOnInANewEpoch_whenThereIsRoom() {
        JournalConfig guarded = new JournalConfig(config.directory(), "hourly", config.retain(), 20L << 30, 1000, 64);
        AtomicBoolean full = new AtomicBoolean();
        // Full from the moment at which the writer asks why its append has failed.
        try (JournalAppender journal = JournalAppender.open(guarded, CLOCK, () -> {
            if (Thread.currentThread().getName().equals("journal-writer")) {
                full.set(true);
            }
            return full.get() ? 0 : 1 << 20;
        })) {
            Samples.append(journal, 1, 2);
            int epoch = journal.status().epoch();
            try (SingleChronicleQueue blocker = openQueue()) {
                blocker.appendLock().lock();
                assertThat(Samples.appendOne(journal, 3)).isFalse();
                assertThat(journal.status().message()).startsWith("disk low");
                assertThat(journal.accepting()).isFalse();
                blocker.appendLock().unlock();
            }
            full.set(false);
            Samples.await("events are accepted", journal::accepting);
            Samples.append(journal, 4, 4);

            assertThat(journal.status().state()).isEqualTo(JournalStatus.State.OK);
            assertThat(journal.status().epoch()).isNotEqualTo(epoch);
        }
        assertThat(Samples.eventIds(readAll())).containsExactly(1L, 2L, 4L);
        assertThat(Samples.sequences(readAll())).containsExactly(1L, 2L, 3L);
    }

    // Opening

    @Test
    void secondAppender_isRefused_andToldWhoHoldsTheLock() {
        try (JournalAppender journal = JournalAppender.open(config, CLOCK)) {
            assertThatThrownBy(() -> JournalAppender.open(config, CLOCK))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("append.lock is held by process "
                            + ProcessHandle.current().pid() + " (append) on ");
            Samples.append(journal, 1, 1);
        }
    }

    @Test
    void writeLockLeftByADeadProcessOfTheSameId_isReleased() {
        JournalAppender.open(config, CLOCK).close();
        try (SingleChronicleQueue queue = openQueue()) {
            queue.metaStore()
                    .acquireValueFor("chronicle.write.lock", 1L << 63)
                    .setVolatileValue(ProcessHandle.current().pid());
        }

        long start = System.nanoTime();
        try (JournalAppender journal = JournalAppender.open(config, CLOCK)) {
            Samples.append(journal, 1, 1);
        }

        assertThat(Samples.eventIds(readAll())).containsExactly(1L);
        // Chronicle's own wait for a lock would be 15 s.
        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(10));
    }

    @Test
    void fileInPlaceOfTheDirectory_isAnOperatorsMessage() throws IOException {
        Path file = Files.createFile(config.directory().resolve("file"));

        assertThatThrownBy(() -> JournalAppender.open(Samples.config(file), CLOCK))
                .isInstanceOf(JournalException.class)
                .hasMessageStartingWith("the journal directory " + file + " cannot be used: ");
    }

    @Test
    void configOutOfRange_saysWhichKey() {
        Path directory = config.directory();

        assertThatThrownBy(() -> new JournalConfig(directory, "weekly", config.retain(), 1, 0, 64))
                .hasMessage("journal.cycle must be one of [hourly, five-minutely, daily], is weekly");
        assertThatThrownBy(() -> new JournalConfig(directory, "daily", config.retain(), 1, 0, 65))
                .hasMessageStartingWith("journal.ringSize must be a power of two");
        assertThatThrownBy(() -> new JournalConfig(directory, "daily", config.retain(), 1, 0, 32))
                .hasMessageStartingWith("journal.ringSize must be a power of two from 64 to 1048576");
        assertThatThrownBy(() -> new JournalConfig(directory, "daily", config.retain(), 0, 0, 64))
                .hasMessageStartingWith("journal.bytesMax");
        assertThatThrownBy(() -> new JournalConfig(directory, "daily", config.retain(), 1, -1, 64))
                .hasMessageStartingWith("journal.freeBytesMin");
        assertThatThrownBy(() ->
                        new JournalConfig(directory, "daily", config.retain().negated(), 1, 0, 64))
                .hasMessageStartingWith("journal.retain");
    }

    private SingleChronicleQueue openQueue() {
        JournalDirectory directory = JournalDirectory.open(config);
        return directory.openQueue(directory.clock(CLOCK));
    }

    private List<JournalRecord> readAll() {
        try (JournalTailer tailer = JournalTailer.open(config)) {
            return new ArrayList<>(Samples.readAll(tailer));
        }
    }

    /** Offers itself again from its completion, as a busy connection does. */
    private static final class Repeating extends Append {
        private final JournalAppender journal;
        private final long end;
        private final AtomicInteger count;
        private long id;

        Repeating(AppendLane lane, JournalAppender journal, long firstId, int times, AtomicInteger count) {
            super(lane);
            this.journal = journal;
            this.id = firstId;
            this.end = firstId + times;
            this.count = count;
        }

        void offerNext() {
            clear();
            add(Samples.envelope(id), Samples.pageview(id));
            assertThat(journal.offer(this)).isTrue();
        }

        @Override
        protected void completed(boolean appended) {
            assertThat(appended).isTrue();
            count.incrementAndGet();
            if (++id < end) {
                offerNext();
            }
        }
    }
}

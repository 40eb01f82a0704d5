package io.micrologs.journal;

import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner of a journal directory: takes appends from any thread, has one thread at a time write them, and tells each lane
 * what became of them.
 */
public final class JournalAppender implements AutoCloseable {
    /*
     * One pen
     *   event loops → ring → who holds the pen: drain up to N → append each → publish → one completion task a lane → loops answer
     * Writing, that is Chronicle's write lock and the numbering, is for one thread at a time. An event loop that has read what
     * its clients sent takes the pen, writes what the ring holds, be it its own or another's, and answers. Nobody is woken for
     * it, which on two cores costs more than the write. A loop that finds the pen taken goes on: who holds it looks at the
     * ring again after putting it down, and the ring was filled before the pen was asked for, so that one of the two
     * always sees the other. What a new chunk costs (7–30 ms of page faults) is that loop's loss then.
     *
     * The writer thread writes for those who are no event loop, for what is too large to keep a loop from its clients, and
     * with journal.durability=power for all: a force takes milliseconds. While one round is written the next one gathers
     * in the ring, so rounds grow as they have to. It also starts the next epoch when a full disk has room again.
     *
     * The ack
     * A completion says true only after Chronicle has marked the record as whole. It is then in the page cache under a file
     * of the journal, where no death of a process takes it away. With journal.durability=power, a force to the disk stands
     * between the last append of a round and its completions, and nowhere else. Forces run back to back: while one is
     * under way the next round gathers, and there is no timer. Completions keep the order of the ring, lane by lane.
     *
     * Why it parks
     * A spinning writer thread has the lowest latency and takes a core for it. Micrologs runs on two, and idles most of the day:
     * a short spin catches the next request of a busy loop, then the thread sleeps until an offer wakes it. The parked
     * flag is set before the ring is looked at again, and offers look at it after they are in the ring, so that one of the
     * two always sees the other; the park has a limit all the same.
     *
     * Failure
     * Whatever an append throws, be it an Error, all of its round get false: which of them are in the journal is not known,
     * and the clients' retries carry event ids. If the disk is what is wrong (Reserve says how that is seen), nothing is
     * accepted until there is room, then a new epoch goes on behind the last sound record. Anything else is a broken
     * invariant: the appender accepts nothing more, status() says why, and the thread's uncaught exception handler is
     * told, for a restart repairs what can be repaired. After a failed force nothing more is accepted either, whatever the
     * disk's room: the kernel may call the pages clean that it did not write, so that a second force would succeed
     * without them. Nobody restarts it then, for it is the disk that has to be looked at.
     *   I1  Every append that was taken is completed once, also by close() and after a failure. The ring's close and its
     *       offers meet in one compare-and-set, so none slips in behind the last drain.
     *   I2  completed(true) implies that the record precedes endSequence and is found by every tailer.
     *   I3  Within an epoch sequences have no holes: a failed append ends its epoch.
     */
    private static final Logger LOG = LoggerFactory.getLogger(JournalAppender.class);

    static final String LOCK_FILE = "append.lock";

    private static final int ROUND_APPENDS_MAX = 256;
    /** A force takes as long for one as for many, so nobody who waits when it begins is left for the next one. */
    private static final int ROUND_APPENDS_MAX_FORCED = 8192;

    /** What a loop writes in one go, before it looks after its clients again. */
    private static final int LOOP_ROUNDS_MAX = 4;
    /** Of one append, some 50 µs. */
    private static final int LOOP_BYTES_MAX = 64 << 10;

    /** About 10 µs: the distance between two requests of a busy loop. */
    private static final int SPINS = 100;

    private static final long PARK_NANOS_MAX = 100_000_000;
    private static final long RECOVER_EVERY_NANOS = 1_000_000_000;

    private enum Phase {
        WRITING,
        /** The last round failed and the disk is full: a new epoch has to be started when there is room. */
        DISK_FULL,
        FAILED
    }

    private final JournalDirectory directory;
    private final DirectoryLock lock;
    private final JournalWriter writer;
    private final JournalKeeper keeper;
    private final AppendRing ring;
    private final int highWater;
    private final int roundAppendsMax;
    private final boolean forces;
    private final Thread writerThread;
    private final Thread keeperThread;
    private final Runnable writeByLoop = this::writeByLoop;

    /** Guards the writer and what follows. */
    private final ReentrantLock pen = new ReentrantLock();

    private final List<Append> round = new ArrayList<>(ROUND_APPENDS_MAX);
    private final List<AppendLane> lanes = new ArrayList<>();

    private long failed;
    private long triedNanos;

    private volatile boolean parked;
    private volatile boolean closing;
    private volatile Phase phase = Phase.WRITING;
    private volatile @Nullable String failure;
    private volatile long failedAppends;

    private JournalAppender(
            JournalConfig config,
            JournalDirectory directory,
            DirectoryLock lock,
            JournalWriter writer,
            LongSupplier freeSpace,
            InstantSource clock) {
        this.directory = directory;
        this.lock = lock;
        this.writer = writer;
        this.keeper = new JournalKeeper(config, directory, writer, freeSpace, clock);
        this.ring = new AppendRing(config.ringSize());
        this.forces = config.durability() == Durability.POWER;
        this.roundAppendsMax = forces ? ROUND_APPENDS_MAX_FORCED : ROUND_APPENDS_MAX;
        this.highWater = config.ringSize() - config.ringSize() / 8;
        this.writerThread = new Thread(this::run, "journal-writer");
        this.keeperThread = new Thread(keeper, "journal-keeper");
        keeperThread.setDaemon(true);
    }

    /**
     * Opens the directory, makes it if need be, and starts a new epoch in it. {@link JournalException} when another process
     * owns it, or when it cannot be written.
     */
    public static JournalAppender open(JournalConfig config, InstantSource clock) {
        return open(config, clock, Machine.real(config.directory()));
    }

    static JournalAppender open(JournalConfig config, InstantSource clock, LongSupplier freeSpace) {
        Machine real = Machine.real(config.directory());
        return open(config, clock, new Machine(freeSpace, real.force(), real.boot()));
    }

    static JournalAppender open(JournalConfig config, InstantSource clock, Machine machine) {
        JournalDirectory directory = JournalDirectory.open(config);
        DirectoryLock lock = DirectoryLock.acquire(config.directory().resolve(LOCK_FILE), "append");
        JournalWriter writer = null;
        try {
            StartCheck.run(directory, machine.boot(), clock.instant());
            boolean power = config.durability() == Durability.POWER;
            writer = JournalWriter.open(directory, clock, power ? new CycleForce(directory, machine.force()) : null);
            JournalAppender appender = new JournalAppender(config, directory, lock, writer, machine.freeBytes(), clock);
            appender.writerThread.start();
            appender.keeperThread.start();
            return appender;
        } catch (Throwable e) {
            if (writer != null) {
                writer.close();
            }
            lock.close();
            throw e;
        }
    }

    /** Whether an offer made now has a chance; false is the time to answer 503 before a body is parsed. Any thread. */
    public boolean accepting() {
        return phase == Phase.WRITING && !closing && keeper.disk().problem() == null && ring.size() < highWater;
    }

    /**
     * Hands {@code append} to the writer; any thread. False: refused, because the ring is full or nothing is accepted, and
     * {@link Append#completed} will not be called.
     */
    public boolean offer(Append append) {
        append.requireIdle();
        if (phase != Phase.WRITING || keeper.disk().problem() != null) {
            return false;
        }
        append.inFlight = true;
        // Once it is in the ring it may be written, completed and filled again.
        boolean small = append.records.end() <= LOOP_BYTES_MAX;
        if (!ring.offer(append)) {
            append.inFlight = false;
            return false;
        }
        if (forces || !small || !append.lane.askToWrite(writeByLoop)) {
            wake();
        }
        return true;
    }

    private void wake() {
        if (parked) {
            parked = false;
            LockSupport.unpark(writerThread);
        }
    }

    /** How the journal is; any thread. */
    public JournalStatus status() {
        JournalKeeper.Disk disk = keeper.disk();
        String failedBy = failure;
        JournalStatus.State state = JournalStatus.State.OK;
        String message = "appending";
        if (failedBy != null) {
            state = JournalStatus.State.FAIL;
            message = failedBy;
        } else if (disk.problem() != null) {
            state = JournalStatus.State.FAIL;
            message = disk.problem();
        } else if (closing) {
            state = JournalStatus.State.FAIL;
            message = "closed";
        } else if (ring.size() >= highWater) {
            state = JournalStatus.State.WARN;
            message = "events arrive faster than they can be written, some are refused";
        } else if (disk.setAside() > 0) {
            state = JournalStatus.State.WARN;
            message = disk.setAside() + " cycle files were set aside as unreadable (*.discard in " + directory.path()
                    + "); their events are not loaded";
        }
        return new JournalStatus(
                state,
                message,
                directory.journalId(),
                writer.epoch(),
                writer.endSequence(),
                writer.endIndex(),
                disk.bytesOnDisk(),
                disk.freeBytes(),
                disk.oldestCycleStart(),
                disk.cycles(),
                failedAppends);
    }

    /**
     * Tells what is committed, so that older cycles may go once their replay window has passed; any thread. A loader in
     * another process writes {@link LoadedCheckpointFile} instead.
     */
    public void loaded(Checkpoint committed) {
        keeper.loaded(committed);
    }

    /** Refuses new appends, writes and completes those that wait, and lets go of the directory. */
    @Override
    public void close() {
        // In this order: what the ring took before it closed is seen by the writer before it may end.
        ring.close();
        closing = true;
        keeper.close();
        LockSupport.unpark(writerThread);
        LockSupport.unpark(keeperThread);
        join(writerThread);
        join(keeperThread);
        pen.lock();
        try {
            writer.close();
        } finally {
            pen.unlock();
        }
        lock.close();
    }

    private void run() {
        int idle = 0;
        while (true) {
            if (ring.size() > 0) {
                pen.lock();
                writeAndPutDown();
                idle = 0;
            } else if (closing) {
                return;
            } else if (idle++ < SPINS) {
                Thread.onSpinWait();
            } else {
                recoverWhenThereIsRoom();
                park();
                idle = 0;
            }
        }
    }

    /** On an event loop, which has other things to do. */
    private void writeByLoop() {
        boolean wrote = true;
        for (int rounds = 0; wrote && ring.size() > 0 && rounds < LOOP_ROUNDS_MAX; rounds++) {
            if (!pen.tryLock()) {
                return;
            }
            wrote = writeAndPutDown();
        }
        if (ring.size() > 0) {
            wake();
        }
    }

    /** One round, by who has taken the pen; false when there was none. */
    private boolean writeAndPutDown() {
        try {
            drain();
            if (round.isEmpty()) {
                return false;
            }
            writeRound();
        } catch (Throwable e) {
            // A broken invariant: from here on those who still wait are only told that they failed.
            round.clear();
            lanes.clear();
            fail(e);
        } finally {
            pen.unlock();
        }
        return true;
    }

    private void drain() {
        while (round.size() < roundAppendsMax) {
            Append append = ring.poll();
            if (append == null) {
                return;
            }
            round.add(append);
        }
    }

    private void writeRound() {
        boolean appended = phase == Phase.WRITING && append();
        if (!appended) {
            failed += round.size();
            failedAppends = failed;
        }
        for (int i = 0; i < round.size(); i++) {
            Append append = round.get(i);
            if (append.lane.add(append, appended)) {
                lanes.add(append.lane);
            }
        }
        round.clear();
        for (int i = 0; i < lanes.size(); i++) {
            lanes.get(i).publish();
        }
        lanes.clear();
    }

    /** Appends and, if asked to, forces the round; false when that failed, which also ends the phase. */
    private boolean append() {
        try {
            for (int i = 0; i < round.size(); i++) {
                writer.append(round.get(i).records);
            }
            writer.force();
            writer.publish();
            return true;
        } catch (Throwable e) {
            fail(e);
            return false;
        }
    }

    private void fail(Throwable cause) {
        keeper.seeDisk();
        String diskProblem = keeper.disk().problem();
        if (cause instanceof ForceFailedException) {
            failure = cause.getMessage() + "; no more events are accepted: check the disk, then restart the server";
            phase = Phase.FAILED;
            LOG.error("{}", failure);
            return;
        }
        Throwable refusal = diskProblem == null ? writeAhead(cause) : null;
        if (refusal != null) {
            diskProblem = "the journal cannot be written, which is tried again: " + JournalDirectory.reason(refusal);
        }
        boolean fatal = FatalErrors.is(cause) && !(cause instanceof InternalError);
        if (diskProblem != null && !fatal) {
            failure = diskProblem;
            triedNanos = System.nanoTime();
            phase = Phase.DISK_FULL;
            LOG.warn("An append failed, and {}", diskProblem);
        } else {
            failure = "an append failed, restart the server: " + JournalDirectory.reason(cause);
            phase = Phase.FAILED;
            LOG.error("An append failed; no more events are accepted until a restart", cause);
            Thread thread = Thread.currentThread();
            Throwable told = FatalErrors.is(cause) ? cause : new JournalException(failure, cause);
            thread.getUncaughtExceptionHandler().uncaughtException(thread, told);
        }
    }

    /** What a write ahead of the appends failed with, whatever it was: nothing is torn, and it can be tried again. */
    private static @Nullable Throwable writeAhead(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UncheckedIOException) {
                return cause.getCause();
            }
        }
        return null;
    }

    private void recoverWhenThereIsRoom() {
        if (phase != Phase.DISK_FULL
                || keeper.disk().problem() != null
                || System.nanoTime() - triedNanos < RECOVER_EVERY_NANOS) {
            return;
        }
        triedNanos = System.nanoTime();
        pen.lock();
        try {
            writer.startEpoch();
            failure = null;
            phase = Phase.WRITING;
            LOG.info("The disk has room again, events are accepted");
        } catch (Throwable e) {
            keeper.seeDisk();
            if (e instanceof OutOfMemoryError || (keeper.disk().problem() == null && writeAhead(e) == null)) {
                fail(e);
            }
        } finally {
            pen.unlock();
        }
    }

    private void park() {
        parked = true;
        if (ring.size() == 0 && !closing) {
            LockSupport.parkNanos(this, PARK_NANOS_MAX);
        }
        parked = false;
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                // Letting go of the directory while the writer still writes would be worse than being late.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

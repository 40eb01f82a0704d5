package io.micrologs.journal;

import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.core.time.TimeProvider;
import net.openhft.chronicle.core.values.LongValue;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.RollingResourcesCache;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of a journal: its identity, its cycles, and how Chronicle is opened on them. */
final class JournalDirectory {
    private static final Logger LOG = LoggerFactory.getLogger("io.micrologs.journal.chronicle");
    private static final String METADATA_FILE = SingleChronicleQueue.QUEUE_METADATA_FILE;

    /** What a message ends with when the files are damaged. */
    static final String SALVAGE = "; stop the server and run `micrologs journal salvage`";

    private static final String CYCLE_SUFFIX = SingleChronicleQueue.SUFFIX;
    private static final String SET_ASIDE_SUFFIX = ".discard";
    /** Where Chronicle notes the process that is writing, and what it notes when none is. */
    private static final String WRITE_LOCK_KEY = "chronicle.write.lock";

    private static final long UNLOCKED = 1L << 63;
    /**
     * How long Chronicle waits for a file's head or lock that another process is making. Its own value is ten times as long,
     * and where the head is damaged, each read would wait for that.
     */
    private static final long CHRONICLE_PATIENCE_MS = 1_000;

    static {
        quietChronicle();
    }

    private final Path path;
    private final String cycleName;
    private final RollCycle rollCycle;
    private final RollingResourcesCache cycleFiles;
    private final long journalId;

    private JournalDirectory(Path path, String cycleName, long journalId) {
        this.path = path;
        this.cycleName = cycleName;
        this.journalId = journalId;
        this.rollCycle = rollCycle(cycleName);
        this.cycleFiles = new RollingResourcesCache(
                rollCycle, 0, name -> new File(path.toFile(), name + CYCLE_SUFFIX), JournalDirectory::cycleName);
    }

    /** Opens the directory, making it and its identity if they are not there. */
    static JournalDirectory open(JournalConfig config) {
        Path path = config.directory();
        try {
            new SalvagePlaces(path).finish();
            OwnerOnly.createDirectories(path);
            if (!Files.exists(JournalId.file(path))) {
                if (!new JournalDirectory(path, config.cycle(), 0).cycles().isEmpty()) {
                    // A new identity would make everything in these files be loaded once more.
                    throw new JournalException("the journal in " + path + " has lost its journal.id, which its records"
                            + " know" + SALVAGE);
                }
                JournalId.make(path);
            }
        } catch (IOException e) {
            throw new JournalException("the journal directory " + path + " cannot be used: " + reason(e), e);
        }
        try {
            return new JournalDirectory(
                    path, config.cycle(), JournalId.read(path).value());
        } catch (IOException e) {
            throw new JournalException("the journal in " + path + " is damaged: " + e.getMessage() + SALVAGE, e);
        }
    }

    /** For what reads files only: makes nothing, and has no identity. */
    static JournalDirectory damaged(JournalConfig config) {
        return new JournalDirectory(config.directory(), config.cycle(), 0);
    }

    /** Another directory whose cycles are of the same kind. */
    JournalDirectory at(Path other, long itsJournalId) {
        return new JournalDirectory(other, cycleName, itsJournalId);
    }

    Path path() {
        return path;
    }

    long journalId() {
        return journalId;
    }

    /** The clock by which this directory's cycles roll from now on. */
    MonotoneClock clock(InstantSource wallClock) {
        SortedMap<Integer, Long> cycles = cycles();
        return new MonotoneClock(wallClock, cycles.isEmpty() ? 0 : cycleStartMs(cycles.lastKey()));
    }

    /** Opens Chronicle on the directory. {@link JournalException} when its files are of another kind than configured. */
    SingleChronicleQueue openQueue(TimeProvider clock) {
        SingleChronicleQueue queue;
        try {
            queue = SingleChronicleQueueBuilder.binary(path.toFile())
                    .rollCycle(rollCycle)
                    .timeProvider(clock)
                    .timeoutMS(CHRONICLE_PATIENCE_MS)
                    .build();
        } catch (Throwable e) {
            // Chronicle reports unusable files by errors, too.
            throw new JournalException("the journal in " + path + " cannot be opened: " + reason(e) + SALVAGE, e);
        }
        if (queue.rollCycle() != rollCycle) {
            String made = queue.rollCycle().toString();
            queue.close();
            throw new JournalException("journal.cycle is " + cycleName + ", but the files in " + path + " are "
                    + made.toLowerCase(Locale.ROOT) + "; keep the old value or use another directory");
        }
        return queue;
    }

    /**
     * As {@link #openQueue}. A {@code metadata.cq4t} that cannot be used is put aside: Chronicle finds out from the cycles what
     * was in it. Only for who holds append.lock.
     */
    SingleChronicleQueue openQueueToWrite(TimeProvider clock, Instant now) {
        try {
            return openQueue(clock);
        } catch (JournalException e) {
            Path metadata = path.resolve(METADATA_FILE);
            if (e.getCause() == null || !Files.exists(metadata)) {
                throw e;
            }
            try {
                Path kept = SalvagePlaces.damaged(metadata, now);
                Files.move(metadata, kept);
                LOG.warn("{}; it opens without {}, which is kept as {}", e.getMessage(), METADATA_FILE, kept);
            } catch (IOException failure) {
                e.addSuppressed(failure);
                throw e;
            }
            return openQueue(clock);
        }
    }

    /**
     * Takes away the write lock of a process that was killed while it held it. Chronicle compares process ids and so takes
     * itself for the dead one where every server is process 1. Only for who holds append.lock.
     */
    void forceUnlock(SingleChronicleQueue queue) {
        LongValue lock = queue.metaStore().acquireValueFor(WRITE_LOCK_KEY, UNLOCKED);
        long holder = lock.getVolatileValue();
        if (holder != UNLOCKED && lock.compareAndSwapValue(holder, UNLOCKED)) {
            LOG.info("Released the write lock that process {} left behind", (int) holder);
        }
    }

    /** The cycle of Chronicle's {@code index}, or -1 when it can be of none. */
    int cycle(long index) {
        try {
            return rollCycle.toCycle(index);
        } catch (ArithmeticException e) {
            return -1;
        }
    }

    /** The record's number in its cycle, from 0. */
    long number(long index) {
        return rollCycle.toSequenceNumber(index);
    }

    /** How many bits of an index are the record's number in its cycle. */
    int numberBits() {
        int levels = 2 * (Integer.SIZE - 1 - Integer.numberOfLeadingZeros(rollCycle.defaultIndexCount()));
        int spacing = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(rollCycle.defaultIndexSpacing());
        return Math.max(Integer.SIZE, levels + spacing);
    }

    /** Where a cycle's first record lies. */
    long firstIndex(int cycle) {
        return rollCycle.toIndex(cycle, 0);
    }

    long cycleStartMs(int cycle) {
        return (long) cycle * rollCycle.lengthInMillis();
    }

    long cycleEndMs(int cycle) {
        return cycleStartMs(cycle) + rollCycle.lengthInMillis();
    }

    /** Where Chronicle keeps its lock and its listing. */
    Path metadata() {
        return path.resolve("metadata.cq4t");
    }

    Path file(int cycle) {
        return cycleFiles.resourceFor(cycle).path.toPath();
    }

    /** The cycles on disk, oldest first, with the length of their files. */
    SortedMap<Integer, Long> cycles() {
        TreeMap<Integer, Long> cycles = new TreeMap<>();
        for (File file : files(CYCLE_SUFFIX)) {
            try {
                cycles.put(cycleFiles.parseCount(cycleName(file)), file.length());
            } catch (RuntimeException e) {
                // A copy that somebody made under another name: not a cycle.
                LOG.debug("{} is not a cycle file", file);
            }
        }
        return cycles;
    }

    /** Chronicle makes its files with the rights that the process's umask leaves; this takes them from all but the owner. */
    void keepPrivate() {
        OwnerOnly.tighten(path);
    }

    /** Files that are cycles by their suffix, but not by a name that this kind of cycle has. */
    List<Path> cyclesOfAnotherKind() {
        List<Path> strange = new ArrayList<>();
        SortedMap<Integer, Long> cycles = cycles();
        for (File file : files(CYCLE_SUFFIX)) {
            if (cycles.keySet().stream()
                    .noneMatch(cycle -> file(cycle).getFileName().toString().equals(file.getName()))) {
                strange.add(file.toPath());
            }
        }
        return strange;
    }

    /** How many cycle files Chronicle has set aside as unusable. */
    int setAside() {
        return files(SET_ASIDE_SUFFIX).length;
    }

    /** Why an operation failed, in a few words and without a class name where one is not needed. */
    static String reason(Throwable failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        String message = failure.getMessage();
        String name = failure.getClass().getSimpleName();
        return message == null
                ? name
                : name + ": " + message.lines().findFirst().orElse("");
    }

    private File[] files(String suffix) {
        File[] files = path.toFile().listFiles((directory, name) -> name.endsWith(suffix));
        return files == null ? new File[0] : files;
    }

    private static String cycleName(File file) {
        String name = file.getName();
        return name.substring(0, name.length() - CYCLE_SUFFIX.length());
    }

    private static RollCycle rollCycle(String name) {
        // The fast variants index less often; hourly in its plain form would stop at 256 million records a cycle.
        return switch (name) {
            case "hourly" -> RollCycles.FAST_HOURLY;
            case "five-minutely" -> RollCycles.FIVE_MINUTELY;
            case "daily" -> RollCycles.FAST_DAILY;
            default -> throw new IllegalArgumentException("no cycle is called " + name);
        };
    }

    /** Before any class of Chronicle's loads: it would phone home, announce itself, and watch the disk in a thread. */
    private static void quietChronicle() {
        System.setProperty("chronicle.analytics.disable", "true");
        System.setProperty("chronicle.announcer.disable", "true");
        System.setProperty("chronicle.disk.monitor.disable", "true");
        // Its warnings carry stack traces and tell of things that are checked here, or that come as an exception, too.
        Jvm.setErrorExceptionHandler((type, message, thrown) -> LOG.warn("{}", oneLine(message, thrown)));
        Jvm.setWarnExceptionHandler((type, message, thrown) -> LOG.info("{}", oneLine(message, thrown)));
        Jvm.setPerfExceptionHandler((type, message, thrown) -> LOG.debug("{}", oneLine(message, thrown)));
    }

    private static String oneLine(@Nullable String message, @Nullable Throwable thrown) {
        if (message != null && !message.isEmpty()) {
            return message.lines().findFirst().orElse("");
        }
        return thrown == null ? "" : reason(thrown);
    }
}

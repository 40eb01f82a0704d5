package io.micrologs.http.limit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The {@code .req} files of one kind: slices that are appended to one after the other and deleted whole once nothing in
 * them matters. {@link #append} from any thread; all else from one, the keeper.
 */
final class ReqLog {
    /*
     * ready ──► current ──► closed ──► deleted
     *
     * The keeper makes the ready slice. Whoever finds the current one full puts the ready one in its place and wakes the
     * keeper; without a ready one the record stays in memory alone and is counted. It stays the ready one until it is the
     * current one, so that an open slice that is neither has been current, and can be closed. Slices begin small and get larger
     * while they fill within seconds, so that a quiet server does not write megabytes of zeros a minute.
     */
    static final int SLICE_BYTES_MIN = 64 << 10;
    static final int SLICE_BYTES_MAX = 4 << 20;

    private static final int PAGE_BYTES = 4_096;
    private static final long FILLED_FAST_MS = 10_000;

    /** Makes slices; a test's makes none. */
    interface Maker {
        ReqSlice make(Path path, int kind, int size, long keyCheck, long nowMs) throws IOException;
    }

    /** One file that is not written any more. {@code slice} is null for a file of an earlier process. */
    private record Closed(
            Path path, long bytes, long endMs, @Nullable ReqSlice slice) {}

    private final Path directory;
    private final String name;
    private final int kind;
    private final long lifeMs;
    private final long bytesMax;
    private final long keyCheck;
    private final Maker maker;
    private final Runnable wakeKeeper;

    private final AtomicReference<@Nullable ReqSlice> current = new AtomicReference<>();
    private final AtomicReference<@Nullable ReqSlice> ready = new AtomicReference<>();
    private final LongAdder unlogged = new LongAdder();
    private final List<ReqSlice> open = new ArrayList<>();
    private final List<Closed> closed = new ArrayList<>();
    private int nextSize = SLICE_BYTES_MIN;
    private int number;
    private volatile long bytes;
    private volatile String makeTrouble = "";
    private volatile String deleteTrouble = "";

    /**
     * @param kind 0 to 3, stands in each file
     * @param lifeMs how long after its time a record matters
     */
    ReqLog(
            Path directory,
            String name,
            int kind,
            long lifeMs,
            long bytesMax,
            long keyCheck,
            Maker maker,
            Runnable wakeKeeper) {
        this.directory = directory;
        this.name = name;
        this.kind = kind;
        this.lifeMs = lifeMs;
        this.bytesMax = bytesMax;
        this.keyCheck = keyCheck;
        this.maker = maker;
        this.wakeKeeper = wakeKeeper;
    }

    /** Event loops: no lock, no garbage, no system call but for one wake a slice. */
    void append(long key, long timeMs) {
        while (true) {
            ReqSlice slice = current.get();
            if (slice != null && slice.append(key, timeMs)) {
                return;
            }
            ReqSlice next = ready.get();
            if (next == null || next == slice) {
                // The latter: somebody is about to take it away from there.
                if (current.get() == slice) {
                    unlogged.increment();
                    return;
                }
            } else if (current.compareAndSet(slice, next)) {
                ready.compareAndSet(next, null);
                wakeKeeper.run();
            }
        }
    }

    /** What a file of an earlier process holds. */
    interface Reader {
        /** @return until when the record matters; the past when it does not any more */
        long read(long key, long timeMs);
    }

    /** Reads what earlier processes left, and deletes what does not matter or is nothing of ours. */
    void replay(long nowMs, Reader reader) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, name + "-*.req")) {
            all.forEach(files::add);
        }
        files.sort(Comparator.naturalOrder());
        for (Path file : files) {
            long endMs = Files.size(file) > SLICE_BYTES_MAX ? 0 : replay(Files.readAllBytes(file), nowMs, reader);
            if (endMs > nowMs) {
                closed.add(new Closed(file, Files.size(file), Math.min(endMs, nowMs + lifeMs), null));
            } else {
                Files.delete(file);
            }
        }
        measure();
    }

    private long replay(byte[] file, long nowMs, Reader reader) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (file.length < ReqSlice.HEADER_BYTES
                || in.getLong(0) != ReqSlice.MAGIC
                || in.getLong(8) != keyCheck
                || in.getInt(16) != kind) {
            return 0;
        }
        long endMs = 0;
        int at = ReqSlice.HEADER_BYTES;
        for (; at + ReqSlice.RECORD_BYTES <= file.length; at += ReqSlice.RECORD_BYTES) {
            long key = in.getLong(at);
            long timeMs = in.getLong(at + 8) >>> ReqSlice.CHECK_BITS;
            if (timeMs != 0 && in.getLong(at + 8) == ReqSlice.seal(kind, key, timeMs)) {
                long matters = reader.read(key, timeMs);
                endMs = Math.max(endMs, matters);
            }
        }
        return endMs;
    }

    /**
     * Closes, deletes and makes slices.
     *
     * @param delete whether to look for ones that have expired; when the disk's share is used up they go anyway
     */
    void tend(long nowMs, boolean delete) {
        ReqSlice writing = current.get();
        if (writing != null && writing.records() > 0 && nowMs - writing.createdMs() >= lifeMs) {
            ReqSlice next = ready.get();
            if (next != null) {
                current.compareAndSet(writing, next);
            }
        }
        // Whoever made it the current one may not have come to that yet.
        ready.compareAndSet(current.get(), null);
        closeUsed(nowMs);
        if (delete || !deleteTrouble.isEmpty() || bytes + nextSize > bytesMax) {
            deleteExpired(nowMs);
        }
        if (ready.get() != null) {
            makeTrouble = "";
        } else {
            ReqSlice made = make(nowMs);
            if (made != null && !current.compareAndSet(null, made)) {
                ready.set(made);
            } else if (made != null) {
                ready.set(make(nowMs));
            }
        }
    }

    private void closeUsed(long nowMs) {
        for (Iterator<ReqSlice> slices = open.iterator(); slices.hasNext(); ) {
            ReqSlice slice = slices.next();
            // In this order: what stops being the ready one in between is the current one already.
            if (slice == ready.get() || slice == current.get()) {
                continue;
            }
            boolean fast = slice.full() && nowMs - slice.createdMs() < FILLED_FAST_MS;
            boolean mostlyEmpty = slice.records() < slice.size() / ReqSlice.RECORD_BYTES / 8;
            slice.close();
            nextSize = fast
                    ? Math.min(SLICE_BYTES_MAX, 4 * slice.size())
                    : mostlyEmpty ? SLICE_BYTES_MIN : Math.min(nextSize, slice.size());
            closed.add(new Closed(slice.path(), slice.size(), nowMs + lifeMs, slice));
            slices.remove();
        }
    }

    private void deleteExpired(long nowMs) {
        String failed = "";
        for (Iterator<Closed> files = closed.iterator(); files.hasNext(); ) {
            Closed file = files.next();
            if (file.endMs() <= nowMs && (file.slice() == null || file.slice().free())) {
                try {
                    Files.deleteIfExists(file.path());
                    files.remove();
                } catch (IOException e) {
                    failed = "a .req file cannot be deleted: " + reason(e);
                }
            }
        }
        deleteTrouble = failed;
        measure();
    }

    private @Nullable ReqSlice make(long nowMs) {
        int size = (int) Math.min(nextSize, Math.max(bytesMax - bytes, SLICE_BYTES_MIN)) & -PAGE_BYTES;
        if (bytes + size > bytesMax) {
            makeTrouble = name + " fill the " + (bytesMax >> 10) + " KiB that they may take on disk";
            return null;
        }
        Path path;
        do {
            path = directory.resolve(String.format(Locale.ROOT, "%s-%014d-%d.req", name, nowMs, number++));
        } while (Files.exists(path));
        try {
            ReqSlice made = maker.make(path, kind, size, keyCheck, nowMs);
            open.add(made);
            measure();
            makeTrouble = "";
            return made;
        } catch (IOException e) {
            makeTrouble = "a .req file cannot be made: " + reason(e);
            nextSize = SLICE_BYTES_MIN;
            return null;
        }
    }

    /** Without the path: health shows it to everybody. */
    static String reason(IOException e) {
        if (e instanceof FileSystemException refused) {
            return refused.getReason() == null ? refused.getClass().getSimpleName() : refused.getReason();
        }
        return String.valueOf(e.getMessage());
    }

    private void measure() {
        bytes = open.stream().mapToLong(ReqSlice::size).sum()
                + closed.stream().mapToLong(Closed::bytes).sum();
    }

    /** Nothing is appended after this; the files stay for the next process. */
    void close() {
        current.set(null);
        ready.set(null);
        for (ReqSlice slice : open) {
            boolean unused = slice.records() == 0;
            slice.close();
            if (slice.free() && unused) {
                try {
                    Files.deleteIfExists(slice.path());
                } catch (IOException e) {
                    deleteTrouble = "a .req file cannot be deleted: " + reason(e);
                }
            }
        }
        closed.forEach(file -> {
            if (file.slice() != null) {
                file.slice().free();
            }
        });
    }

    long unlogged() {
        return unlogged.sum();
    }

    long bytes() {
        return bytes;
    }

    /** Why the last attempt to make or delete a file failed; empty when it did not. */
    String trouble() {
        String making = makeTrouble;
        return making.isEmpty() ? deleteTrouble : making;
    }
}

package io.micrologs.http.limit;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One {@code .req} file that is being written: fixed-size records behind a header, in mapped memory, so that what was
 * appended survives the death of the process. Little-endian.
 * <pre>
 *  0       8         16      20     24     64                +16
 *  +-------+---------+-------+------+-- … --+-----+-----------+-----+-- …
 *  | magic | key chk | kind  | size |   0   | key | time, chk | key |
 *  +-------+---------+-------+------+-- … --+-----+-----------+-----+-- …
 * </pre>
 * A record's second word is {@code time ms << 22 | check} and is written last: 0 there is no record. Appended by any thread;
 * made, closed and freed by one.
 */
final class ReqSlice {
    /*
     * A write into a mapped page that the disk has no room for is SIGBUS, and an append must not wait for the disk. So the
     * file is written whole, as zeros, before it is mapped, and each of its pages is touched once, all by the keeper.
     *
     * Java 17 frees a mapping only when the garbage collector comes across it, which on a quiet server may take days, and an
     * unlinked file keeps its disk space so long. So it is freed here, by the JDK's own cleaner, once nobody can be writing:
     * an append takes a ticket first and counts itself done last, and close() ends the tickets.
     */
    static final int HEADER_BYTES = 64;
    static final int RECORD_BYTES = 16;
    static final long MAGIC = 0x01_7165_726d_6c67L;
    static final int CHECK_BITS = 22;

    private static final int CLOSED = 1 << 30;
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final Set<StandardOpenOption> NEW =
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);

    private final Path path;
    private final int kind;
    private final int capacity;
    private final long createdMs;
    private final AtomicInteger tickets = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private @Nullable MappedByteBuffer bytes;
    private int closedAt = -1;

    private ReqSlice(Path path, int kind, int capacity, long createdMs, MappedByteBuffer bytes) {
        this.path = path;
        this.kind = kind;
        this.capacity = capacity;
        this.createdMs = createdMs;
        this.bytes = bytes;
    }

    /** @param size in bytes, a multiple of 4,096 */
    static ReqSlice create(Path path, int kind, int size, long keyCheck, long nowMs) throws IOException {
        try (FileChannel channel = FileChannel.open(
                path, NEW, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer zeros = ByteBuffer.allocateDirect(4_096);
            for (long at = 0; at < size; at += zeros.capacity()) {
                zeros.clear();
                while (zeros.hasRemaining()) {
                    channel.write(zeros, at + zeros.position());
                }
            }
            MappedByteBuffer bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
            bytes.order(ByteOrder.LITTLE_ENDIAN);
            for (int page = 0; page < size; page += 4_096) {
                bytes.put(page, (byte) 0);
            }
            bytes.putLong(8, keyCheck).putInt(16, kind).putInt(20, size);
            LONGS.setRelease(bytes, 0, MAGIC);
            return new ReqSlice(path, kind, (size - HEADER_BYTES) / RECORD_BYTES, nowMs, bytes);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /** False when it is full or closed. */
    boolean append(long key, long timeMs) {
        if (tickets.get() >= capacity) {
            return false;
        }
        int ticket = tickets.getAndIncrement();
        MappedByteBuffer open = bytes;
        if (ticket >= capacity || open == null) {
            return false;
        }
        int at = HEADER_BYTES + ticket * RECORD_BYTES;
        open.putLong(at, key);
        LONGS.setRelease(open, at + 8, seal(kind, key, timeMs));
        done.incrementAndGet();
        return true;
    }

    /** The second word of a record; never 0. */
    static long seal(int kind, long key, long timeMs) {
        long mixed = (key ^ (timeMs << 2 | kind)) * 0x9e3779b97f4a7c15L;
        return timeMs << CHECK_BITS | (mixed ^ mixed >>> 32) >>> (64 - CHECK_BITS);
    }

    /** Ends appending. Called again it does nothing. */
    void close() {
        if (closedAt < 0) {
            closedAt = Math.min(capacity, tickets.getAndAdd(CLOSED));
        }
    }

    /** Frees the memory once nobody is writing; false when to try again later. */
    boolean free() {
        MappedByteBuffer mapped = bytes;
        if (closedAt < 0 || done.get() != closedAt) {
            return false;
        }
        bytes = null;
        if (mapped != null) {
            Unmapper.free(mapped);
        }
        return true;
    }

    int records() {
        return closedAt >= 0 ? closedAt : Math.min(capacity, tickets.get());
    }

    boolean full() {
        return records() == capacity;
    }

    int size() {
        return HEADER_BYTES + capacity * RECORD_BYTES;
    }

    long createdMs() {
        return createdMs;
    }

    Path path() {
        return path;
    }

    /** The JDK's way to free a mapping, as far as it lets us; else the garbage collector does it some day. */
    private static final class Unmapper {
        private static final @Nullable Object UNSAFE = unsafe();

        private static @Nullable Object unsafe() {
            try {
                Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
                field.setAccessible(true);
                return field.get(null);
            } catch (ReflectiveOperationException | RuntimeException e) {
                return null;
            }
        }

        static void free(MappedByteBuffer mapped) {
            if (UNSAFE != null) {
                try {
                    UNSAFE.getClass()
                            .getMethod("invokeCleaner", ByteBuffer.class)
                            .invoke(UNSAFE, mapped);
                } catch (ReflectiveOperationException | RuntimeException e) {
                    // The collector's, then.
                }
            }
        }
    }
}

package io.micrologs.journal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The frame around every record, little-endian:
 *
 * <pre>
 *  0       2      3      4        8       12         20         28           36        40     length-4  length
 *  +-------+------+------+--------+-------+----------+----------+------------+---------+-- … --+--------+
 *  | magic | ver. | kind | length | epoch | sequence | event id | receivedMs | project | body  | crc32c |
 *  +-------+------+------+--------+-------+----------+----------+------------+---------+-- … --+--------+
 * </pre>
 *
 * <p>The magic is {@code ML}. The length counts the whole frame, the CRC covers everything in front of it. Both stay where
 * they are in all versions, so that a record of a later version is known to be sound before it is called too new, and a
 * scan of damaged files can find whole records. Ids and times have their own places for that scan, the rest is in the body.
 *
 * <p>An epoch-start record ({@link #KIND_EPOCH}) opens each life of an appender, and serves as its heartbeat. It takes no
 * sequence of its own but repeats that of the event before it. A lost record ({@link #KIND_LOST}) takes the sequence of
 * the event that it stands for, so that whoever counts events finds one, and finds it damaged.
 */
final class RecordFrame {
    static final int VERSION = 1;

    static final int KIND_EPOCH = 0;
    static final int KIND_PAGEVIEW = 1;
    static final int KIND_ERROR = 2;
    static final int KIND_AUDIT = 3;
    static final int KIND_CLICK = 4;
    static final int KIND_REFUSALS = 5;
    /** Written by a salvage in place of an event whose record is gone. */
    static final int KIND_LOST = 6;

    static final int MAGIC_AT = 0;
    static final int VERSION_AT = MAGIC_AT + Short.BYTES;
    static final int KIND_AT = VERSION_AT + Byte.BYTES;
    static final int LENGTH_AT = KIND_AT + Byte.BYTES;
    static final int EPOCH_AT = LENGTH_AT + Integer.BYTES;
    static final int SEQUENCE_AT = EPOCH_AT + Integer.BYTES;
    static final int EVENT_ID_AT = SEQUENCE_AT + Long.BYTES;
    static final int RECEIVED_MS_AT = EVENT_ID_AT + Long.BYTES;
    static final int PROJECT_AT = RECEIVED_MS_AT + Long.BYTES;
    static final int BODY_AT = PROJECT_AT + Integer.BYTES;
    static final int CRC_BYTES = Integer.BYTES;
    static final int LENGTH_MIN = BODY_AT + CRC_BYTES;

    /** A frame that would be longer is refused when it is made, and called damaged when it is read. */
    static final int LENGTH_MAX = 1 << 20;

    private static final short MAGIC = (short) ('M' | 'L' << 8);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private RecordFrame() {}

    static int getInt(byte[] bytes, int at) {
        return (int) INT.get(bytes, at);
    }

    static void putInt(byte[] bytes, int at, int value) {
        INT.set(bytes, at, value);
    }

    static long getLong(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at);
    }

    static void putLong(byte[] bytes, int at, long value) {
        LONG.set(bytes, at, value);
    }

    /** Everything that is known when an event is encoded; the rest follows by {@link #seal}. */
    static void begin(byte[] bytes, int at, int kind, long eventId, long receivedMs, int projectId) {
        SHORT.set(bytes, at + MAGIC_AT, MAGIC);
        bytes[at + VERSION_AT] = VERSION;
        bytes[at + KIND_AT] = (byte) kind;
        putLong(bytes, at + EVENT_ID_AT, eventId);
        putLong(bytes, at + RECEIVED_MS_AT, receivedMs);
        putInt(bytes, at + PROJECT_AT, projectId);
    }

    /** What only the writer knows, and the CRC over all of it. The length is in place. */
    static void seal(byte[] bytes, int at, int epoch, long sequence, CRC32C crc32c) {
        int crcAt = length(bytes, at) - CRC_BYTES;
        putInt(bytes, at + EPOCH_AT, epoch);
        putLong(bytes, at + SEQUENCE_AT, sequence);
        putInt(bytes, at + crcAt, crc(bytes, at, crcAt, crc32c));
    }

    static int version(byte[] bytes, int at) {
        return Byte.toUnsignedInt(bytes[at + VERSION_AT]);
    }

    static int kind(byte[] bytes, int at) {
        return Byte.toUnsignedInt(bytes[at + KIND_AT]);
    }

    static int length(byte[] bytes, int at) {
        return getInt(bytes, at + LENGTH_AT);
    }

    static int epoch(byte[] bytes, int at) {
        return getInt(bytes, at + EPOCH_AT);
    }

    /** Whether these bytes, which were taken for damaged, say that a salvage put them in an event's place. */
    static boolean isLost(byte[] bytes) {
        return bytes.length >= LENGTH_MIN && (short) SHORT.get(bytes, MAGIC_AT) == MAGIC && kind(bytes, 0) == KIND_LOST;
    }

    static long sequence(byte[] bytes, int at) {
        return getLong(bytes, at + SEQUENCE_AT);
    }

    static int projectId(byte[] bytes, int at) {
        return getInt(bytes, at + PROJECT_AT);
    }

    static int crc(byte[] bytes, int at) {
        return getInt(bytes, at + length(bytes, at) - CRC_BYTES);
    }

    static int crc(byte[] bytes, int at, int count, CRC32C crc32c) {
        crc32c.reset();
        crc32c.update(bytes, at, count);
        return (int) crc32c.getValue();
    }

    /**
     * Why the {@code stored} bytes at 0 are not a sound frame of any version, or null when they are one. Chronicle may have
     * padded the frame with up to three bytes.
     */
    static @Nullable String problem(byte[] bytes, int stored, CRC32C crc32c) {
        return problem(bytes, 0, stored, crc32c);
    }

    /** As {@link #problem(byte[], int, CRC32C)}, of the bytes at {@code at}. */
    static @Nullable String problem(byte[] bytes, int at, int stored, CRC32C crc32c) {
        if (stored < LENGTH_MIN) {
            return "too short for a record: " + stored + " bytes";
        }
        if ((short) SHORT.get(bytes, at + MAGIC_AT) != MAGIC) {
            return "does not begin like a record";
        }
        int length = length(bytes, at);
        if (length < LENGTH_MIN || length > LENGTH_MAX || length > stored || stored - length >= Integer.BYTES) {
            return "says " + length + " bytes and has " + stored;
        }
        if (crc(bytes, at, length - CRC_BYTES, crc32c) != crc(bytes, at)) {
            return "its CRC does not hold";
        }
        return version(bytes, at) == 0 ? "has version 0" : null;
    }

    /**
     * The length of the frame that seems to begin at {@code at}, or 0 when none can; at least {@link #LENGTH_MIN} bytes are
     * there. For a scan, which asks this of every fourth byte.
     */
    static int lengthIfBegins(byte[] bytes, int at) {
        if ((short) SHORT.get(bytes, at + MAGIC_AT) != MAGIC) {
            return 0;
        }
        int length = length(bytes, at);
        return length < LENGTH_MIN || length > LENGTH_MAX ? 0 : length;
    }
}

package io.micrologs.ingest;

import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks gzip (RFC 1952) in memory, up to a cap and not a byte further. Single-threaded; takes memory with its first use
 * and keeps it, up to the cap, until {@link #close}.
 */
final class Gunzip implements AutoCloseable {
    /*
     * A body is taken whole or refused: cut short, a wrong CRC or length, anything behind the last member are one answer.
     * java.util.zip's stream would ignore what follows when it is no member, and takes its memory anew for each body.
     *
     * There is no cap on the ratio: a recursion's stack, or the same error sent a thousand times, packs as well as a bomb
     * does, and deflate cannot do better than 1,032 to 1. What a bomb costs is what the cap says.
     */
    private static final int HEADER_BYTES = 10;
    private static final int TRAILER_BYTES = 8;
    private static final int FLAG_HEADER_CRC = 2;
    private static final int FLAG_EXTRA = 4;
    private static final int FLAG_NAME = 8;
    private static final int FLAG_COMMENT = 16;
    private static final int FLAGS_RESERVED = 0xe0;
    private static final int FIRST_BYTES = 4_096;

    private final int bytesMax;
    private final CRC32 crc = new CRC32();
    private @Nullable Inflater inflater;
    private byte[] unpacked = new byte[0];
    private int length;
    private int at;

    /** @param bytesMax one byte more is too much */
    Gunzip(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    enum Result {
        /** It is in {@link #bytes}. */
        UNPACKED,
        TOO_LARGE,
        /** Not gzip, or not all of it, or more than it. */
        DAMAGED
    }

    /** Holds what was unpacked from 0 to {@link #length}, until the next call. */
    byte[] bytes() {
        return unpacked;
    }

    int length() {
        return length;
    }

    /** Of the first {@code packedLength} bytes of {@code packed}, one member or several. */
    Result unpack(byte[] packed, int packedLength) {
        Inflater inflating = inflater;
        if (inflating == null) {
            inflating = new Inflater(true);
            inflater = inflating;
        }
        at = 0;
        length = 0;
        try {
            do {
                Result result = member(packed, packedLength, inflating);
                if (result != Result.UNPACKED) {
                    return result;
                }
            } while (at < packedLength);
            return Result.UNPACKED;
        } catch (DataFormatException e) {
            return Result.DAMAGED;
        }
    }

    private Result member(byte[] packed, int end, Inflater inflating) throws DataFormatException {
        if (!skipHeader(packed, end)) {
            return Result.DAMAGED;
        }
        int start = length;
        inflating.reset();
        inflating.setInput(packed, at, end - at);
        while (!inflating.finished()) {
            if (length == unpacked.length && !grow()) {
                // At the cap: a byte more, or only the end of the member?
                if (inflating.inflate(new byte[1]) > 0) {
                    return Result.TOO_LARGE;
                }
            } else {
                length += inflating.inflate(unpacked, length, unpacked.length - length);
            }
            if (!inflating.finished() && (inflating.needsInput() || inflating.needsDictionary())) {
                return Result.DAMAGED;
            }
        }
        at = end - inflating.getRemaining();
        if (end - at < TRAILER_BYTES) {
            return Result.DAMAGED;
        }
        crc.reset();
        crc.update(unpacked, start, length - start);
        boolean holds = int32(packed, at) == (int) crc.getValue() && int32(packed, at + 4) == length - start;
        at += TRAILER_BYTES;
        return holds ? Result.UNPACKED : Result.DAMAGED;
    }

    /** Whether the array got larger. */
    private boolean grow() {
        int more = (int) Math.min(bytesMax, Math.max(FIRST_BYTES, unpacked.length * 4L));
        if (more == unpacked.length) {
            return false;
        }
        byte[] larger = new byte[more];
        System.arraycopy(unpacked, 0, larger, 0, length);
        unpacked = larger;
        return true;
    }

    /** Whether there is a member's header at {@link #at}; if so, it is behind it then. */
    private boolean skipHeader(byte[] packed, int end) {
        int flags = end - at < HEADER_BYTES ? FLAGS_RESERVED : packed[at + 3];
        if ((flags & FLAGS_RESERVED) != 0
                || packed[at] != 0x1f
                || packed[at + 1] != (byte) 0x8b
                || packed[at + 2] != Deflater.DEFLATED) {
            return false;
        }
        int start = at;
        at += HEADER_BYTES;
        if ((flags & FLAG_EXTRA) != 0) {
            at += end - at < 2 ? 2 : 2 + int16(packed, at);
        }
        if ((flags & FLAG_NAME) != 0) {
            skipText(packed, end);
        }
        if ((flags & FLAG_COMMENT) != 0) {
            skipText(packed, end);
        }
        if ((flags & FLAG_HEADER_CRC) != 0) {
            if (end - at < 2) {
                return false;
            }
            crc.reset();
            crc.update(packed, start, at - start);
            if (int16(packed, at) != (crc.getValue() & 0xffff)) {
                return false;
            }
            at += 2;
        }
        return at < end;
    }

    /** Up to and with the NUL. */
    private void skipText(byte[] packed, int end) {
        while (at < end && packed[at] != 0) {
            at++;
        }
        at++;
    }

    private static int int16(byte[] bytes, int at) {
        return Byte.toUnsignedInt(bytes[at]) | Byte.toUnsignedInt(bytes[at + 1]) << 8;
    }

    private static int int32(byte[] bytes, int at) {
        return int16(bytes, at) | int16(bytes, at + 2) << 16;
    }

    @Override
    public void close() {
        if (inflater != null) {
            inflater.end();
        }
    }
}

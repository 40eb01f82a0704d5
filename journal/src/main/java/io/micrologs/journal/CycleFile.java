package io.micrologs.journal;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A cycle file as bytes, read without Chronicle, because it cannot be read by Chronicle where it is damaged.
 * Single-threaded: its owner. It changes nothing.
 */
final class CycleFile implements AutoCloseable {
    /*
     * What Chronicle writes, little-endian, every document at a multiple of four:
     *
     *   +-----------------+--------------+-----------------+--------------+- … -+----------+
     *   | document header | store header | document header | our record … |     | end mark |
     *   +-----------------+--------------+-----------------+--------------+- … -+----------+
     *
     * A document header is 4 bytes: the length of what follows in the low 30 bits, META for Chronicle's own (store header,
     * index pages), OPEN while it is written. 0 is where nothing was written yet; the end mark, a header of META and OPEN and
     * four bytes of text, closes a cycle.
     * The store header says where the last record's document header is, and which number that record has in the cycle.
     */
    private static final int OPEN = 0x8000_0000;
    private static final int META = 0x4000_0000;
    private static final int LENGTH = 0x3FFF_FFFF;
    private static final int END_MARK = OPEN | META;
    private static final int END_TEXT_BYTES = 4;

    private static final int ALIGNMENT = Integer.BYTES;
    private static final byte[] WRITE_POSITION = "writePosition".getBytes(StandardCharsets.US_ASCII);
    private static final int WRITE_POSITION_NAME_AT = 0x1C;
    /** BinaryWire's code for an array of longs, in front of its capacity and its length. */
    private static final int LONGS_CODE_AT = 0x2F;

    private static final byte LONGS_CODE = (byte) 0x8D;
    private static final int WRITE_POSITION_AT = 0x40;
    private static final int NUMBER_AT = WRITE_POSITION_AT + Long.BYTES;
    private static final int STORE_HEADER_MIN = NUMBER_AT + Long.BYTES;

    private static final int WINDOW_BYTES = 4 << 20;
    private static final int WINDOW_BYTES_FIRST = 1 << 16;
    private static final int ZEROS_BYTES = 4096;
    private static final byte[] ZEROS = new byte[ZEROS_BYTES];

    /**
     * Behind so many zeros in a row nothing is looked for. Chronicle leaves 80 MB of them at most, but where damage leads it
     * to a place terabytes away it makes the file that long, and reading all of that takes very long.
     */
    private static final long HOLE_BYTES = 1L << 30;

    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final CRC32C crc32c = new CRC32C();
    private final byte[] window = new byte[WINDOW_BYTES];
    private LongConsumer progress = bytes -> {};
    private int ahead;
    /** The run of zeros that {@link #next} is in. */
    private long zerosFrom;

    private long zerosTo = -1;
    private long holeFrom = -1;
    private long windowAt;
    private int windowBytes;

    /** Takes sound frames, in the order in which they lie in the file. */
    @FunctionalInterface
    interface Frames {
        /** @param position where in the file the frame begins; its bytes are at {@code at} and valid during the call */
        void frame(byte[] bytes, int at, int length, long position) throws IOException;
    }

    /**
     * How far a walk along the document headers came.
     *
     * @param end the position of the header where it ended: the first that is 0, open, the end mark or impossible
     * @param header that header
     * @param last the position of the last record's header, -1 when there was none
     * @param records how many documents were no META
     * @param sound how many of these were sound frames
     * @param problem why the header at {@code end} is impossible, or null
     */
    record Walk(
            long end,
            int header,
            long last,
            long records,
            long sound,
            @Nullable String problem) {
        boolean closed() {
            return header == END_MARK;
        }

        /** Behind the header where it ended, and the text of an end mark. */
        long behind() {
            return end + Integer.BYTES + (closed() ? END_TEXT_BYTES : 0);
        }
    }

    private CycleFile(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    static CycleFile open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        return new CycleFile(path, channel, channel.size());
    }

    /** {@code scan} will tell how many bytes it has passed. */
    void onProgress(LongConsumer listener) {
        progress = listener;
    }

    Path path() {
        return path;
    }

    long size() {
        return size;
    }

    /** Where the store header says that the last record's document header is; -1 when that header is not as it should be. */
    long writePosition() throws IOException {
        return storeHeaderIsSound() ? RecordFrame.getLong(window, window(WRITE_POSITION_AT, Long.BYTES)) : -1;
    }

    /**
     * How many records the store header says that there are; -1 when it does not.
     *
     * @param numberBits how many bits Chronicle gives to a record's number in a cycle of this kind
     */
    long recordsByHeader(int numberBits) throws IOException {
        long position = writePosition();
        if (position < 0) {
            return -1;
        }
        // The number comes with the low bits of the position that it is of, so that a torn pair is noticed.
        long number = RecordFrame.getLong(window, window(NUMBER_AT, Long.BYTES));
        boolean ofPosition = number >>> numberBits == position << numberBits >>> numberBits;
        return position == 0 ? 0 : ofPosition ? (number & (1L << numberBits) - 1) + 1 : -1;
    }

    private boolean storeHeaderIsSound() throws IOException {
        if (size < STORE_HEADER_MIN) {
            return false;
        }
        int at = window(0, STORE_HEADER_MIN);
        int header = RecordFrame.getInt(window, at);
        return (header & (OPEN | META)) == META
                && window[at + LONGS_CODE_AT] == LONGS_CODE
                && Arrays.equals(
                        window,
                        at + WRITE_POSITION_NAME_AT,
                        at + WRITE_POSITION_NAME_AT + WRITE_POSITION.length,
                        WRITE_POSITION,
                        0,
                        WRITE_POSITION.length);
    }

    /** Goes from document to document, from the header at {@code from} to the first that does not lead on, or to {@code to}. */
    Walk walk(long from, long to) throws IOException {
        long last = -1;
        long records = 0;
        long sound = 0;
        long at = from;
        while (at < to && at + Integer.BYTES <= size) {
            int header = RecordFrame.getInt(window, window(at, Integer.BYTES));
            int length = header & LENGTH;
            if (header == 0 || (header & OPEN) != 0) {
                return new Walk(at, header, last, records, sound, null);
            }
            long next = aligned(at + Integer.BYTES + length);
            if (next > aligned(size)) {
                return new Walk(at, header, last, records, sound, "leads beyond the end of the file");
            }
            if ((header & META) == 0) {
                records++;
                last = at;
                if (isSound(at + Integer.BYTES, length)) {
                    sound++;
                }
            }
            at = next;
        }
        return new Walk(at, 0, last, records, sound, null);
    }

    private boolean isSound(long at, int length) throws IOException {
        return length <= RecordFrame.LENGTH_MAX + ALIGNMENT
                && at + length <= size
                && RecordFrame.problem(window, window(at, length), length, crc32c) == null;
    }

    /** The sequence of the first sound frame, wherever it is; -1 when there is none. */
    long firstSequence() throws IOException {
        long[] first = {-1};
        for (long at = 0; first[0] < 0 && at + RecordFrame.LENGTH_MIN <= size; ) {
            at = next(at, (bytes, in, length, position) -> first[0] = RecordFrame.sequence(bytes, in));
        }
        return first[0];
    }

    /** The sequence of the last sound frame; -1 when there is none. Quick where the file is whole. */
    long lastSequence() throws IOException {
        long[] last = {-1};
        Frames keep = (bytes, at, length, position) -> last[0] = RecordFrame.sequence(bytes, at);
        long position = writePosition();
        if (position > 0) {
            scan(position, keep);
        }
        if (last[0] < 0) {
            scan(0, keep);
        }
        return last[0];
    }

    /** Finds sound frames wherever they are, from {@code from} on, whatever lies between them. */
    void scan(long from, Frames frames) throws IOException {
        long at = aligned(from);
        long told = at;
        while (at + RecordFrame.LENGTH_MIN <= size) {
            if (at - told >= WINDOW_BYTES) {
                told = at;
                progress.accept(at);
            }
            at = next(at, frames);
        }
    }

    /** To the first frame and over it, or over {@link #ZEROS_BYTES} without one; where to go on. */
    private long next(long from, Frames frames) throws IOException {
        if (size - from >= ZEROS_BYTES) {
            int in = window(from, ZEROS_BYTES);
            if (Arrays.equals(window, in, in + ZEROS_BYTES, ZEROS, 0, ZEROS_BYTES)) {
                // Cycle files are sparse: most of an idle hour's is this.
                return overZeros(from);
            }
        }
        long at = from;
        while (at < from + ZEROS_BYTES && at + RecordFrame.LENGTH_MIN <= size) {
            int length = RecordFrame.lengthIfBegins(window, window(at, RecordFrame.LENGTH_MIN));
            if (length > 0 && at + length <= size) {
                int in = window(at, length);
                if (RecordFrame.problem(window, in, length, crc32c) == null) {
                    frames.frame(window, in, length, at);
                    return aligned(at + length);
                }
            }
            at += ALIGNMENT;
        }
        return at;
    }

    private long overZeros(long from) {
        if (from != zerosTo) {
            zerosFrom = from;
        }
        zerosTo = from + ZEROS_BYTES;
        if (zerosTo - zerosFrom < HOLE_BYTES) {
            return zerosTo;
        }
        holeFrom = zerosFrom;
        return size;
    }

    /** Where the zeros begin behind which {@link #scan} looked for nothing any more; -1 when it came to the end. */
    long holeFrom() {
        return holeFrom;
    }

    /** Whether there are zeros from {@code from} to the end, or for as long as anybody looks, also when that is in front of it. */
    boolean isEmptyFrom(long from) throws IOException {
        for (long at = from; at < size && at - from < HOLE_BYTES; at += ZEROS_BYTES) {
            int count = (int) Math.min(ZEROS_BYTES, size - at);
            int in = window(at, count);
            if (!Arrays.equals(window, in, in + count, ZEROS, 0, count)) {
                return false;
            }
        }
        return true;
    }

    static long aligned(long position) {
        return (position + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Where in the window the {@code count} bytes at {@code at} are; at most half the window, and not beyond the size. */
    private int window(long at, int count) throws IOException {
        if (at >= windowAt && at + count <= windowAt + windowBytes) {
            return (int) (at - windowAt);
        }
        // Who goes on reading gets more with every read; who looks at a place does not pay for what follows it.
        boolean goesOn = at >= windowAt && at <= windowAt + windowBytes && windowBytes > 0;
        ahead = goesOn ? Math.min(ahead * 2, WINDOW_BYTES) : WINDOW_BYTES_FIRST;
        ByteBuffer into = ByteBuffer.wrap(window, 0, Math.max(ahead, count));
        windowAt = at;
        windowBytes = 0;
        while (into.hasRemaining()) {
            int read = channel.read(into, at + into.position());
            if (read < 0) {
                break;
            }
        }
        windowBytes = into.position();
        if (windowBytes < count) {
            throw new EOFException(path + " became shorter while it was read");
        }
        return 0;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // It was only read.
        }
    }
}

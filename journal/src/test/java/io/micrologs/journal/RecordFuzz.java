package io.micrologs.journal;

import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Fuzz target: bytes as a stored record, and under a frame that holds, as its body. Whatever they are, there is an event or
 * a problem, and an event is the same after it was encoded again.
 */
final class RecordFuzz {
    private static final CRC32C CRC = new CRC32C();
    private static final RecordDecoder DECODER = new RecordDecoder();

    private RecordFuzz() {}

    /** The first byte is the record's kind, the others are its body. */
    public static void fuzzerTestOneInput(byte[] input) {
        byte[] stored = Arrays.copyOf(input, Math.max(input.length, RecordFrame.LENGTH_MIN));
        boolean sound = RecordFrame.problem(stored, input.length, CRC) == null;
        if (sound && RecordDecoder.knows(RecordFrame.version(stored, 0), RecordFrame.kind(stored, 0))) {
            read(stored);
        }
        if (input.length == 0) {
            return;
        }
        byte[] frame = new byte[RecordFrame.LENGTH_MIN + input.length - 1];
        int kind = Byte.toUnsignedInt(input[0]) % (RecordFrame.KIND_REFUSALS + 1);
        RecordFrame.begin(frame, 0, kind, 1, 2, 7);
        RecordFrame.putInt(frame, RecordFrame.LENGTH_AT, frame.length);
        System.arraycopy(input, 1, frame, RecordFrame.BODY_AT, input.length - 1);
        RecordFrame.seal(frame, 0, 1, 2, CRC);
        check(RecordFrame.problem(frame, frame.length, CRC) == null, "a sealed frame is not sound");
        read(frame);
    }

    private static void read(byte[] frame) {
        if (RecordFrame.kind(frame, 0) == RecordFrame.KIND_EPOCH) {
            DECODER.journalId(frame);
        }
        DECODER.decode(frame);
        Event event = DECODER.event();
        Envelope envelope = DECODER.envelope();
        check((event == null) == (DECODER.problem() != null), "neither an event nor a problem, or both");
        check((event == null) == (envelope == null), "an event without its envelope, or the other way round");
        if (event == null || envelope == null) {
            return;
        }
        RecordEncoder encoder = new RecordEncoder();
        encoder.add(envelope, event);
        RecordFrame.seal(encoder.buffer(), 0, 1, 2, CRC);
        DECODER.decode(Arrays.copyOf(encoder.buffer(), encoder.end()));
        check(event.equals(DECODER.event()) && envelope.equals(DECODER.envelope()), "changes when it is encoded again");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}

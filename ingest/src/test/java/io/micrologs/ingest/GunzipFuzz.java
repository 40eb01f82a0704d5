package io.micrologs.ingest;

import io.micrologs.ingest.Gunzip.Result;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Fuzz target: bytes as gzip, and packed and then changed in one place. What is unpacked is what the JDK reads, and never
 * more than the cap.
 */
final class GunzipFuzz {
    private static final int MAX = 4_096;
    private static final Gunzip GUNZIP = new Gunzip(MAX);

    private GunzipFuzz() {}

    /** The first two bytes say where, and the third how, the packed others are changed. */
    public static void fuzzerTestOneInput(byte[] input) {
        try {
            read(input);
            if (input.length > 3) {
                byte[] packed = packed(Arrays.copyOfRange(input, 3, input.length));
                int where = (Byte.toUnsignedInt(input[0]) << 8 | Byte.toUnsignedInt(input[1])) % packed.length;
                packed[where] ^= input[2];
                read(packed);
            }
        } catch (IOException e) {
            throw new AssertionError("the JDK does not read what we read", e);
        }
    }

    private static void read(byte[] packed) throws IOException {
        Result result = GUNZIP.unpack(packed, packed.length);
        check(GUNZIP.length() <= MAX && GUNZIP.bytes().length <= MAX, "more than the cap");
        if (result != Result.UNPACKED) {
            return;
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            byte[] other = in.readNBytes(MAX + 1);
            check(Arrays.equals(other, Arrays.copyOf(GUNZIP.bytes(), GUNZIP.length())), "reads as something else");
        }
    }

    private static byte[] packed(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        }
        return packed.toByteArray();
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}

package io.micrologs.loader;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The numbers of a batch as bytes, in parts of about a mebibyte. Not thread-safe.
 *
 * <pre>
 *  version 1, then for each row, as numbers of 7 bits a byte, the lowest first (ids as 8 bytes, most significant first):
 *  | project | grain | dimension | period | value id (8) | bits of the metrics that follow | their sums, zigzag … |
 * </pre>
 */
final class CountCodec {

    private static final int VERSION = 1;
    private static final int PART_BYTES = 1 << 20;
    private static final Grain[] GRAINS = Grain.values();

    private CountCodec() {}

    static List<byte[]> encode(Map<RollupKey, long[]> counts) {
        List<byte[]> parts = new ArrayList<>();
        ByteArrayOutputStream part = new ByteArrayOutputStream(1 << 16);
        part.write(VERSION);
        for (Map.Entry<RollupKey, long[]> row : counts.entrySet()) {
            if (part.size() >= PART_BYTES) {
                parts.add(part.toByteArray());
                part.reset();
                part.write(VERSION);
            }
            put(part, row.getKey(), row.getValue());
        }
        parts.add(part.toByteArray());
        return parts;
    }

    private static void put(ByteArrayOutputStream out, RollupKey key, long[] sums) {
        putNumber(out, key.projectId());
        out.write(key.grain().code);
        out.write(key.dimension().code);
        putNumber(out, key.period());
        for (int shift = 56; shift >= 0; shift -= 8) {
            out.write((int) (key.valueId() >>> shift));
        }
        int present = 0;
        for (int i = 0; i < Metric.COUNT; i++) {
            present |= sums[i] == 0 ? 0 : 1 << i;
        }
        out.write(present);
        for (long sum : sums) {
            if (sum != 0) {
                putNumber(out, sum << 1 ^ sum >> 63);
            }
        }
    }

    private static void putNumber(ByteArrayOutputStream out, long number) {
        long rest = number;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    static void decode(byte[] part, Tally into) throws SQLException {
        ByteArrayInputStream in = new ByteArrayInputStream(part);
        int version = in.read();
        if (version != VERSION) {
            throw new SQLException("rollup_pending holds version " + version
                    + ", which this program does not know; upgrade the loader, it goes on from there");
        }
        while (in.available() > 0) {
            int projectId = (int) number(in);
            Grain grain = GRAINS[in.read() - 1];
            Dimension dimension = Dimension.of(in.read());
            int period = (int) number(in);
            long valueId = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                valueId = valueId << 8 | in.read();
            }
            int present = in.read();
            long[] sums = new long[Metric.COUNT];
            for (int i = 0; i < Metric.COUNT; i++) {
                if ((present & 1 << i) != 0) {
                    long zigzag = number(in);
                    sums[i] = zigzag >>> 1 ^ -(zigzag & 1);
                }
            }
            into.add(new RollupKey(projectId, grain, dimension, period, valueId), sums);
        }
    }

    private static long number(ByteArrayInputStream in) {
        long number = 0;
        for (int shift = 0; ; shift += 7) {
            int b = in.read();
            number |= (b & 0x7FL) << shift;
            if ((b & 0x80) == 0) {
                return number;
            }
        }
    }
}

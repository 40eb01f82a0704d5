package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.ingest.Gunzip.Result;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GunzipTest {
    private static final int MAX = 65_536;

    private final Gunzip gunzip = new Gunzip(MAX);

    @Property(tries = 500)
    void anyBytes_comeOutAsTheyWentIn(@ForAll @Size(max = 3_000) byte[] bytes) {
        assertThat(unpack(packed(bytes))).isEqualTo(Result.UNPACKED);
        assertThat(unpacked()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4_095, 4_096, 4_097, 16_384, 16_385, MAX - 1, MAX})
    void anyLengthUpToTheCap_isUnpacked(int length) {
        byte[] bytes = "x".repeat(length).getBytes(StandardCharsets.US_ASCII);

        assertThat(unpack(packed(bytes))).isEqualTo(Result.UNPACKED);
        assertThat(unpacked()).isEqualTo(bytes);
    }

    @Test
    void aByteMore_isTooLarge_andABombTakesNoMoreThanTheCap() {
        assertThat(unpack(packed(new byte[MAX + 1]))).isEqualTo(Result.TOO_LARGE);
        byte[] bomb = packed(new byte[50 << 20]);
        assertThat(bomb).hasSizeLessThan(60_000);
        assertThat(unpack(bomb)).isEqualTo(Result.TOO_LARGE);
        assertThat(gunzip.bytes()).hasSize(MAX);
        assertThat(unpack(packed(new byte[MAX]))).isEqualTo(Result.UNPACKED);
    }

    @Test
    void severalMembers_areOneBody_withinOneCap() {
        byte[] half = packed(new byte[MAX / 2]);

        assertThat(unpack(concat(packed(bytes("a")), packed(bytes("")), packed(bytes("bc")))))
                .isEqualTo(Result.UNPACKED);
        assertThat(unpacked()).isEqualTo(bytes("abc"));
        assertThat(unpack(concat(half, half))).isEqualTo(Result.UNPACKED);
        assertThat(unpack(concat(half, half, packed(new byte[1])))).isEqualTo(Result.TOO_LARGE);
    }

    /** RFC 1952: extra field, name, comment and the header's own CRC may stand before the data. */
    @Test
    void everyPartOfAHeader_isSkipped() {
        byte[] plain = packed(bytes("abc"));
        byte[] header = concat(
                new byte[] {0x1f, (byte) 0x8b, 8, 2 | 4 | 8 | 16, 1, 2, 3, 4, 0, 3},
                new byte[] {2, 0, 'e', 'x'},
                bytes("name\0comment\0"));
        CRC32 crc = new CRC32();
        crc.update(header);
        byte[] check = {(byte) crc.getValue(), (byte) (crc.getValue() >> 8)};
        byte[] data = Arrays.copyOfRange(plain, 10, plain.length);

        assertThat(unpack(concat(header, check, data))).isEqualTo(Result.UNPACKED);
        assertThat(unpacked()).isEqualTo(bytes("abc"));
        check[0]++;
        assertThat(unpack(concat(header, check, data))).isEqualTo(Result.DAMAGED);
    }

    @Test
    void cutAnywhere_isDamaged_andSoIsAnythingBehindTheEnd() {
        byte[] whole = packed(bytes("a text that is long enough to have a few bytes of data"));
        for (int length = 0; length < whole.length; length++) {
            assertThat(unpack(Arrays.copyOf(whole, length)))
                    .as("cut at %s", length)
                    .isEqualTo(Result.DAMAGED);
        }
        for (byte[] more : List.of(bytes("x"), new byte[1], new byte[20], bytes("\u001f"), Arrays.copyOf(whole, 9))) {
            assertThat(unpack(concat(whole, more))).isEqualTo(Result.DAMAGED);
        }
        assertThat(unpack(whole)).isEqualTo(Result.UNPACKED);
    }

    /** Time, file system and unused bits of the header may change; nothing else may without being found. */
    @Property(tries = 2000)
    void anyFlippedByte_isFoundOrHarmless(@ForAll @IntRange(max = 100) int where, @ForAll byte flip) {
        byte[] bytes = bytes("a text that is long enough to have a few bytes of data");
        byte[] whole = packed(bytes);
        whole[where % whole.length] ^= flip;
        if (unpack(whole) == Result.UNPACKED) {
            assertThat(unpacked()).isEqualTo(bytes);
        }
    }

    /** What we take, the JDK's own reader takes, and reads as the same. */
    @Property(tries = 2000)
    void anyTail_isReadAsTheJdkReadsIt(@ForAll @Size(max = 60) byte[] tail) throws IOException {
        byte[] whole = concat(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}, tail);
        if (unpack(whole) == Result.UNPACKED) {
            try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(whole))) {
                assertThat(unpacked()).isEqualTo(in.readAllBytes());
            }
        }
    }

    private Result unpack(byte[] packed) {
        return gunzip.unpack(packed, packed.length);
    }

    private byte[] unpacked() {
        return Arrays.copyOf(gunzip.bytes(), gunzip.length());
    }

    static byte[] packed(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}

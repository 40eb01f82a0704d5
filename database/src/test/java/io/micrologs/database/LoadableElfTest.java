package io.micrologs.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LoadableElfTest {
    private static final int SEGMENT_END = 100_000;

    /** A program with two segments, the later one first, and 50 kB of something behind. */
    private static byte[] program() {
        byte[] bytes = new byte[SEGMENT_END + 50_000];
        new Random(1).nextBytes(bytes);
        ByteBuffer elf = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        elf.putInt(0, 0x464c457f).put(4, (byte) 2).put(5, (byte) 1);
        elf.putLong(32, 64).putLong(40, SEGMENT_END + 10);
        elf.putShort(54, (short) 56)
                .putShort(56, (short) 2)
                .putShort(60, (short) 40)
                .putShort(62, (short) 39);
        elf.putLong(64 + 8, 90_000).putLong(64 + 32, SEGMENT_END - 90_000);
        elf.putLong(64 + 56 + 8, 0).putLong(64 + 56 + 32, 5_000);
        return bytes;
    }

    private static byte[] copy(byte[] from) throws IOException {
        ByteArrayOutputStream to = new ByteArrayOutputStream();
        LoadableElf.copy(new ByteArrayInputStream(from), to);
        return to.toByteArray();
    }

    @Test
    void copy_program_endsWithItsLastSegmentAndHasNoSections() throws IOException {
        byte[] whole = program();
        byte[] copied = copy(whole);
        byte[] expected = Arrays.copyOf(whole, SEGMENT_END);
        Arrays.fill(expected, 40, 48, (byte) 0);
        Arrays.fill(expected, 60, 64, (byte) 0);
        assertThat(copied).isEqualTo(expected);
    }

    @Test
    void copy_anythingElse_isWhole() throws IOException {
        byte[] text = new byte[70_000];
        Arrays.fill(text, (byte) 'x');
        assertThat(copy(text)).isEqualTo(text);
        assertThat(copy(new byte[0])).isEmpty();
        byte[] thirtyTwoBits = program();
        thirtyTwoBits[4] = 1;
        assertThat(copy(thirtyTwoBits)).isEqualTo(thirtyTwoBits);
    }

    @Test
    void copy_cutOffProgram_throws() {
        byte[] cut = Arrays.copyOf(program(), SEGMENT_END - 1);
        assertThatThrownBy(() -> copy(cut)).isInstanceOf(IOException.class);
    }
}

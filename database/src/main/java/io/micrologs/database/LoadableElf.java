package io.micrologs.database;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Copies of a 64-bit little-endian ELF program only the part that is ever loaded.
 *
 * <p>The server's program is 314 MB, 284 of them debug information behind the last segment. Left out, the first start
 * is seconds faster and a data directory a quarter of a gigabyte smaller. The kernel and the dynamic linker read program
 * headers only; the section headers, which lie behind the cut, are declared absent.
 */
final class LoadableElf {
    /*
     *  ELF64 header (offsets): 0 magic | 4 class | 5 data | 32 e_phoff | 40 e_shoff | 54 e_phentsize | 56 e_phnum
     *                          60 e_shnum | 62 e_shstrndx
     *  program header:         8 p_offset | 32 p_filesz
     */
    private static final int HEAD_BYTES_MAX = 16 * 1024;
    private static final int PROGRAM_HEADER_BYTES = 56;

    private LoadableElf() {}

    /** Copies; a file that is not such a program is copied whole. */
    static void copy(InputStream from, OutputStream to) throws IOException {
        byte[] head = from.readNBytes(HEAD_BYTES_MAX);
        long end = loadableBytes(head);
        if (end <= head.length) {
            to.write(head);
            from.transferTo(to);
            return;
        }
        Arrays.fill(head, 40, 48, (byte) 0);
        Arrays.fill(head, 60, 64, (byte) 0);
        to.write(head);
        byte[] buffer = new byte[256 * 1024];
        for (long left = end - head.length; left > 0; ) {
            int read = from.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                throw new IOException("the program ends before its last segment");
            }
            to.write(buffer, 0, read);
            left -= read;
        }
    }

    private static long loadableBytes(byte[] head) {
        ByteBuffer elf = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        if (head.length < 64 || elf.getInt(0) != 0x464c457f || elf.get(4) != 2 || elf.get(5) != 1) {
            return 0;
        }
        long table = elf.getLong(32);
        int entryBytes = elf.getShort(54);
        int entries = elf.getShort(56);
        if (entryBytes != PROGRAM_HEADER_BYTES || table < 0 || table + (long) entries * entryBytes > head.length) {
            return 0;
        }
        long end = 0;
        for (int i = 0; i < entries; i++) {
            int entry = (int) table + i * entryBytes;
            end = Math.max(end, elf.getLong(entry + 8) + elf.getLong(entry + 32));
        }
        return end;
    }
}

package io.micrologs.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Room on the disk for what is appended next. One thread at a time: who holds the pen. */
final class Reserve implements AutoCloseable {
    /*
     * Chronicle maps sparse files. A store into a mapped page that the disk has no block for is a SIGBUS, which Java turns
     * into an InternalError some time later; meanwhile the append has returned as if all were well, and the record is torn
     * (seen on JDK 17: one acknowledged event lost on tmpfs, two on ext4). A write() fails at once, says why, and tears
     * nothing. So the file is written with zeros ahead of the appends, and every store hits a page that has its block.
     *
     * The file system asks for the blocks of all that it keeps together in the page cache, as soon as one page of it is
     * stored to. That may be 2 MiB (ext4 since Linux 6.16, XFS), so the unit is 2 MiB: reserving exactly as far as an
     * append reaches was tried, and torn records on ext4. For the same reason pages before the end that nothing was
     * stored to yet (of Chronicle's indexes, of its metadata) are written too.
     *
     *   0             begin()          position                       end
     *   +-- holes filled --+--- records ---+--- zeros with blocks ------+--- hole up to the file's length ---
     *                                      '---- what is appended ----'
     *
     * A file system that writes each block to a new place, such as Btrfs, may still refuse a store; what holds there is the
     * floor of free space (DiskGuard).
     */
    private static final int UNIT_BYTES = 2 << 20;
    /** Chronicle's own pages that may come between the records of one append, several times over. */
    private static final int MARGIN_BYTES = 256 << 10;

    private static final int PAGE_BYTES = 4_096;

    private final JournalDirectory directory;
    private final ByteBuffer zeros = ByteBuffer.allocateDirect(64 << 10);
    private final ByteBuffer page = ByteBuffer.allocateDirect(PAGE_BYTES);
    private @Nullable FileChannel file;
    private int cycle = -1;
    /** Before this, every page has its block; a multiple of the unit, or the file's length. */
    private long end;

    Reserve(JournalDirectory directory) {
        this.directory = directory;
    }

    /** The cycle whose file has room set aside; -1 when none has. */
    int cycle() {
        return cycle;
    }

    /**
     * Makes sure that {@code bytes} fit behind {@code position} in the cycle's file. {@link UncheckedIOException} when the
     * disk has no room for them; nothing was appended then.
     */
    void ahead(int inCycle, long position, long bytes) {
        try {
            if (inCycle != cycle) {
                begin(inCycle, position);
            }
            FileChannel open = file;
            long needed = position + bytes + MARGIN_BYTES;
            while (open != null && end < needed && end < open.size()) {
                // Counted when the unit is whole: a part of one protects nothing.
                end = zeroUnit(open, end);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void begin(int inCycle, long position) throws IOException {
        close();
        try (FileChannel metadata = open(directory.metadata())) {
            fillHoles(metadata, 0, metadata.size());
        }
        FileChannel opened = open(directory.file(inCycle));
        file = opened;
        long inUnit = position / UNIT_BYTES * UNIT_BYTES;
        fillHoles(opened, 0, Math.min(inUnit, UNIT_BYTES));
        fillHoles(opened, inUnit, position);
        end = zeroUnit(opened, (position + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES);
        // Last: what failed halfway begins again.
        cycle = inCycle;
    }

    /** Only within the file as it is long: making it longer is Chronicle's, when it maps the next part. */
    private long zeroUnit(FileChannel open, long from) throws IOException {
        long to = Math.min((from / UNIT_BYTES + 1) * UNIT_BYTES, open.size());
        long at = from;
        while (at < to) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), to - at));
            at += open.write(zeros, at);
        }
        return to;
    }

    /** Nobody else stores to these pages: this thread is the writer, and the metadata's entries are all in its first page. */
    private void fillHoles(FileChannel open, long from, long to) throws IOException {
        for (long at = from; at < to; at += PAGE_BYTES) {
            page.clear();
            int read = open.read(page, at);
            page.flip();
            zeros.clear().limit(Math.max(0, read));
            if (page.equals(zeros)) {
                while (zeros.hasRemaining()) {
                    open.write(zeros, at + zeros.position());
                }
            }
        }
    }

    private static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Override
    public void close() {
        FileChannel open = file;
        file = null;
        cycle = -1;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

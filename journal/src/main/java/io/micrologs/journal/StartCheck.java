package io.micrologs.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the newest cycles before an appender goes on in them, and mends them. Single-threaded: whoever opens the
 * appender, and holds append.lock.
 */
final class StartCheck {
    /*
     * A power cut leaves of the pages that were not yet on the disk any subset: a length header without its record, a
     * record without its header, zeros in between, a store header that counts what is not there. Chronicle would append
     * behind or inside that, and no tailer would ever come to what was appended. So the newest cycle, and the one before it,
     * are read to the end after every boot of the machine. If they are not whole, they are salvaged here and at once, each
     * event that is gone as a damaged record: a server has to come back after a power cut without anybody's help. The file as it
     * was is kept beside, under the suffix .damaged-TIME. Older cycles have long been on the disk; of them only the head and
     * the end are looked at, and if they are damaged elsewhere, a tailer stops there and names the command.
     *
     * The death of a process takes nothing from the page cache, so within a boot only the end is looked at, which takes no
     * time: behind the last record there must be nothing but, at most, the one record that was being written. That is
     * zeroed, because Chronicle would leave its rest behind a shorter record, where a tailer takes it for a header.
     */
    private static final Logger LOG = LoggerFactory.getLogger(StartCheck.class);
    private static final String BOOT_FILE = "append.boot";
    private static final String SALVAGING = "salvaging";
    private static final int CYCLES_AFTER_BOOT = 2;

    private final JournalDirectory directory;
    private final String boot;
    private final Instant now;

    private StartCheck(JournalDirectory directory, String boot, Instant now) {
        this.directory = directory;
        this.boot = boot;
        this.now = now;
    }

    /** @param boot as {@link Machine#boot} */
    static void run(JournalDirectory directory, String boot, Instant now) {
        try {
            StartCheck check = new StartCheck(directory, boot, now);
            check.mend();
            check.rememberBoot();
        } catch (IOException e) {
            throw new JournalException(
                    "the newest cycle in " + directory.path() + " cannot be read: " + JournalDirectory.reason(e), e);
        }
    }

    private void mend() throws IOException {
        boolean sameBoot = !boot.isEmpty() && boot.equals(bootBefore());
        List<Integer> cycles = List.copyOf(directory.cycles().keySet());
        int newest = cycles.size() - 1;
        for (int i = 0; i <= newest; i++) {
            int cycle = cycles.get(i);
            String problem;
            try (CycleFile file = CycleFile.open(directory.file(cycle))) {
                if (!sameBoot && i > newest - CYCLES_AFTER_BOOT) {
                    problem = problem(file);
                } else {
                    problem = i == newest ? problemAtEnd(file) : problemThatChronicleMakesWorse(file);
                }
            }
            if (problem != null) {
                salvage(cycle, problem);
            }
        }
    }

    /** Why {@code file} is not whole, or null. */
    private @Nullable String problem(CycleFile file) throws IOException {
        CycleFile.Walk walk = file.walk(0, Long.MAX_VALUE);
        if (walk.problem() != null) {
            return "the header at " + walk.end() + " " + walk.problem();
        }
        if (file.writePosition() < 0) {
            return "its store header is damaged";
        }
        if (walk.last() < file.writePosition()) {
            return "its records end at " + walk.end() + ", its last one should be at " + file.writePosition();
        }
        if (walk.sound() < walk.records()) {
            return (walk.records() - walk.sound()) + " of its records are damaged";
        }
        return problemBehind(file, walk, true);
    }

    /**
     * An appender sees to it that older cycles have their end mark. One without a store header it makes anew, with all that is
     * in it gone, and in one whose last record is damaged it may set the mark inside of a whole one.
     */
    private static @Nullable String problemThatChronicleMakesWorse(CycleFile file) throws IOException {
        long writePosition = file.writePosition();
        if (writePosition < 0) {
            return "its store header is damaged";
        }
        CycleFile.Walk walk = file.walk(writePosition, Long.MAX_VALUE);
        return walk.problem() != null || (writePosition > 0 && walk.records() == 0)
                ? "its last record should be at " + writePosition
                : null;
    }

    private @Nullable String problemAtEnd(CycleFile file) throws IOException {
        long writePosition = file.writePosition();
        if (writePosition < 0) {
            return "its store header is damaged";
        }
        CycleFile.Walk walk = file.walk(writePosition, Long.MAX_VALUE);
        if (walk.problem() != null) {
            return "the header at " + walk.end() + " " + walk.problem();
        }
        if (writePosition > 0 && walk.records() == 0) {
            return "its last record should be at " + writePosition;
        }
        return problemBehind(file, walk, false);
    }

    /** Why something is behind the end of the records that should not be there; what may be there is zeroed. */
    private @Nullable String problemBehind(CycleFile file, CycleFile.Walk walk, boolean afterBoot) throws IOException {
        long end = walk.behind();
        if (file.isEmptyFrom(walk.header() == 0 || walk.closed() ? end : walk.end())) {
            return null;
        }
        long[] found = {0};
        file.scan(end, (bytes, at, length, position) -> found[0] += position == end ? 0 : 1);
        if (walk.closed() || afterBoot || found[0] > 0) {
            return "there are bytes behind the end of its records at " + walk.end();
        }
        zero(file, walk.end());
        return null;
    }

    private static void zero(CycleFile file, long from) throws IOException {
        try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
            for (long at = from; at < file.size() && !file.isEmptyFrom(at); at += zeros.capacity()) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), file.size() - at));
                while (zeros.hasRemaining()) {
                    channel.write(zeros, at + zeros.position());
                }
            }
        }
        LOG.debug(
                "What a killed process was writing is taken away from {}",
                file.path().getFileName());
    }

    /** Writes the cycle anew and puts it in place of the old file, which keeps a name; a crash leaves one or the other. */
    private void salvage(int cycle, String problem) throws IOException {
        Path damaged = directory.file(cycle);
        Path salvaging = directory.path().resolve(SALVAGING);
        SalvagePlaces.deleteAll(salvaging);
        Files.createDirectory(salvaging);
        SalvageScan scan = new SalvageScan(directory.numberBits());
        startBehind(scan, cycle);
        JournalDirectory written = directory.at(salvaging, directory.journalId());
        boolean newest = cycle == directory.cycles().lastKey();
        try (SalvageWriter writer = new SalvageWriter(written, cycle, now.toEpochMilli());
                CycleFile file = CycleFile.open(damaged)) {
            scan.file(file, newest, writer);
            writer.finish();
        }
        Path kept = SalvagePlaces.damaged(damaged, now);
        if (scan.records() > 0) {
            Files.createLink(kept, damaged);
            Files.move(
                    written.file(cycle), damaged, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } else {
            Files.move(damaged, kept, StandardCopyOption.ATOMIC_MOVE);
        }
        SalvagePlaces.deleteAll(salvaging);
        try (DiskForce force = new FileForce()) {
            force.directory(directory.path());
        }
        SalvageReport report = new SalvageReport(directory.journalId(), scan.cycles(), scan.notes(), kept);
        LOG.warn(
                "{} was not whole ({}): {} events are recovered, {} are gone and will be dead letters. The file as it was is"
                        + " kept as {}",
                damaged,
                problem,
                report.recovered(),
                report.lost(),
                kept.getFileName());
    }

    /** Finds the last record in front of {@code cycle}, from which its records are counted on. */
    private void startBehind(SalvageScan scan, int cycle) throws IOException {
        SalvageScan.Sink nowhere = new SalvageScan.Sink() {
            @Override
            public void whole(byte[] bytes, int at, int length) {}

            @Override
            public void lost(int epoch, long sequence, String reason) {}
        };
        SortedMap<Integer, Long> before = directory.cycles().headMap(cycle);
        while (!before.isEmpty() && !scan.isKnown()) {
            SalvageScan last = new SalvageScan(directory.numberBits());
            try (CycleFile file = CycleFile.open(directory.file(before.lastKey()))) {
                last.file(file, false, nowhere);
            }
            if (last.isKnown()) {
                scan.startBehind(last.epoch(), last.sequence());
            }
            before = before.headMap(before.lastKey());
        }
    }

    private String bootBefore() throws IOException {
        Path file = directory.path().resolve(BOOT_FILE);
        return Files.exists(file)
                ? Files.readString(file, StandardCharsets.ISO_8859_1).strip()
                : "";
    }

    /** Not before everything is whole: what is remembered here keeps the next start from looking closer. */
    private void rememberBoot() throws IOException {
        if (!boot.equals(bootBefore())) {
            Path written = directory.path().resolve(BOOT_FILE + ".new");
            Files.writeString(written, boot + System.lineSeparator(), StandardCharsets.ISO_8859_1);
            Files.move(
                    written,
                    directory.path().resolve(BOOT_FILE),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }
}

package io.micrologs.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;

/**
 * Makes a readable journal out of a damaged one: every record whose CRC holds keeps its epoch, sequence and cycle, and each
 * event whose record is gone becomes a damaged record, which is dead-lettered when it is loaded, so that the ledger
 * balances. The damaged journal is kept. For a journal that nobody appends to or loads.
 */
public final class JournalSalvage {
    /** Beside the records: one chunk of Chronicle's index pages a file, and some air. */
    private static final long BYTES_PER_CYCLE = 1 << 20;

    private static final long BYTES_SPARE = 64L << 20;
    private static final int DOCUMENT_BYTES = 8;
    private static final int LOST_BYTES = 160;

    private final JournalConfig config;
    private final InstantSource clock;
    private final Progress progress;

    /** Told how far it is; on the caller's thread. */
    @FunctionalInterface
    public interface Progress {
        /** @param step what is done, such as {@code reading} */
        void at(String step, long bytesDone, long bytesAll);
    }

    public JournalSalvage(JournalConfig config, InstantSource clock, Progress progress) {
        this.config = config;
        this.clock = clock;
        this.progress = progress;
    }

    /** What {@link #run} would recover; changes nothing, and needs no lock. {@link JournalException} when it would fail. */
    public SalvageReport look() {
        new SalvagePlaces(config.directory()).requireFinished();
        try {
            JournalDirectory directory = directory();
            Survey survey = survey(directory);
            return new SalvageReport(survey.journalId(directory), survey.scan.cycles(), survey.notes, null);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Salvages. {@link JournalException} when another process has the journal, or there is no room for a second one. */
    public SalvageReport run() {
        SalvagePlaces places = new SalvagePlaces(config.directory());
        try {
            places.finish();
            JournalDirectory directory = directory();
            try (DirectoryLock lock =
                    DirectoryLock.acquire(directory.path().resolve(JournalAppender.LOCK_FILE), "salvage")) {
                places.clear();
                Survey survey = survey(directory);
                long journalId = survey.journalId(directory);
                requireRoom(directory, survey.bytes);
                Files.createDirectory(places.salvaging());
                JournalId.write(places.salvaging(), journalId);
                rewrite(directory, directory.at(places.salvaging(), journalId));
                LoadedCheckpointFile.copy(directory.path(), places.salvaging());
                Path kept = places.swap(clock.instant());
                return new SalvageReport(journalId, survey.scan.cycles(), survey.notes, kept);
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private JournalException failed(IOException e) {
        return new JournalException(
                "the journal in " + config.directory() + " cannot be salvaged: " + JournalDirectory.reason(e), e);
    }

    private JournalDirectory directory() {
        JournalDirectory directory = JournalDirectory.damaged(config);
        List<Path> strange = directory.cyclesOfAnotherKind();
        if (!strange.isEmpty()) {
            throw new JournalException(strange.get(0) + " is not of a journal whose journal.cycle is " + config.cycle()
                    + "; set that as it was, or move the file away");
        }
        if (directory.cycles().isEmpty()) {
            throw new JournalException(
                    "there is no journal in " + config.directory() + ": no file of a cycle; set data.dir");
        }
        return directory;
    }

    /** The first reading: it only counts. */
    private Survey survey(JournalDirectory directory) throws IOException {
        Survey survey = new Survey(new SalvageScan(directory.numberBits()));
        readAll(directory, "reading", survey.scan, survey, cycle -> {});
        survey.notes.addAll(survey.scan.notes());
        return survey;
    }

    private void rewrite(JournalDirectory directory, JournalDirectory into) throws IOException {
        SortedMap<Integer, Long> cycles = directory.cycles();
        try (SalvageWriter writer = new SalvageWriter(into, cycles.firstKey(), clock.millis())) {
            readAll(directory, "writing", new SalvageScan(directory.numberBits()), writer, writer::cycle);
            writer.finish();
        }
    }

    @FunctionalInterface
    private interface CycleBegins {
        void cycle(int cycle);
    }

    private void readAll(
            JournalDirectory directory, String step, SalvageScan scan, SalvageScan.Sink sink, CycleBegins begins)
            throws IOException {
        SortedMap<Integer, Long> cycles = directory.cycles();
        long all = cycles.values().stream().mapToLong(Long::longValue).sum();
        long done = 0;
        for (int cycle : cycles.keySet()) {
            begins.cycle(cycle);
            try (CycleFile file = CycleFile.open(directory.file(cycle))) {
                long before = done;
                file.onProgress(bytes -> progress.at(step, before + bytes, all));
                scan.file(file, cycle == cycles.lastKey(), sink);
                done += file.size();
            }
        }
        progress.at(step, all, all);
    }

    private void requireRoom(JournalDirectory directory, long recordBytes) throws IOException {
        long needed = recordBytes + directory.cycles().size() * BYTES_PER_CYCLE + BYTES_SPARE;
        Path parent = directory.path().toAbsolutePath().normalize().getParent();
        long usable =
                Files.getFileStore(parent == null ? directory.path() : parent).getUsableSpace();
        if (usable < needed) {
            throw new JournalException("a salvage writes " + (needed >> 20) + " MiB beside " + directory.path()
                    + ", and " + (usable >> 20) + " MiB are free; make room first");
        }
    }

    /** Counts, and learns the identity from the records. */
    private static final class Survey implements SalvageScan.Sink {
        private final SalvageScan scan;
        private final List<String> notes = new ArrayList<>();
        private final RecordDecoder decoder = new RecordDecoder();
        private long bytes;
        private long idOfRecords;

        Survey(SalvageScan scan) {
            this.scan = scan;
        }

        @Override
        public void whole(byte[] bytes, int at, int length) {
            this.bytes += length + DOCUMENT_BYTES;
            if (RecordFrame.kind(bytes, at) == RecordFrame.KIND_EPOCH
                    && RecordFrame.version(bytes, at) == RecordFrame.VERSION) {
                long id = decoder.journalId(Arrays.copyOfRange(bytes, at, at + length));
                idOfRecords = id == 0 ? idOfRecords : id;
            }
        }

        @Override
        public void lost(int epoch, long sequence, String reason) {
            bytes += LOST_BYTES;
        }

        /** That of the file if it proves to be right, else that of the newest epoch. */
        long journalId(JournalDirectory directory) {
            JournalId known = null;
            try {
                known = JournalId.read(directory.path());
            } catch (IOException e) {
                notes.add(JournalId.file(directory.path()) + " cannot be used: " + JournalDirectory.reason(e));
            }
            if (known != null && (known.verified() || idOfRecords == 0 || idOfRecords == known.value())) {
                return known.value();
            }
            if (idOfRecords == 0) {
                throw new JournalException("nothing can be salvaged in " + directory.path()
                        + ": neither journal.id nor a record says which journal it is");
            }
            notes.add("the journal's identity was taken from its records");
            return idOfRecords;
        }
    }
}

package io.micrologs.journal;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a salvage found, and what it did.
 *
 * @param journalId the journal's identity, which stays
 * @param cycles oldest first
 * @param notes what could not be told exactly, one line each
 * @param damagedKeptAt where the journal as it was is kept; null when nothing was changed
 */
public record SalvageReport(
        long journalId,
        List<Cycle> cycles,
        List<String> notes,
        @Nullable Path damagedKeptAt) {
    public SalvageReport {
        cycles = List.copyOf(cycles);
        notes = List.copyOf(notes);
    }

    /**
     * One cycle file.
     *
     * @param recovered events whose record is whole
     * @param lost the events that are not, oldest first
     */
    public record Cycle(Path file, long recovered, List<Lost> lost) {
        public Cycle {
            lost = List.copyOf(lost);
        }
    }

    /** Events of one epoch, from the first to the last sequence. */
    public record Lost(int epoch, long firstSequence, long lastSequence) {
        public long events() {
            return lastSequence - firstSequence + 1;
        }
    }

    public long recovered() {
        return cycles.stream().mapToLong(Cycle::recovered).sum();
    }

    public long lost() {
        return cycles.stream()
                .flatMap(cycle -> cycle.lost().stream())
                .mapToLong(Lost::events)
                .sum();
    }
}

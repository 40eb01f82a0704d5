package io.micrologs.loader;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.JournalException;
import io.micrologs.journal.JournalTailer;
import io.micrologs.journal.Polled;
import io.micrologs.journal.Refusals;
import io.micrologs.journal.Resume;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The journal's part of {@link Verify}: each record once, from the oldest to the end. Single-threaded: its owner. */
public final class VerifyJournal {

    private static final int TELL_EVERY = 50_000;

    /** Opens the journal anew. */
    @FunctionalInterface
    public interface Opener {
        JournalTailer open();
    }

    private final Connection connection;
    private final int loaderId;
    private final Map<Integer, Map<String, Long>> ledger;
    private final ProgressListener progress;

    private final List<String> damage = new ArrayList<>();
    private final Set<Long> deadIndexes = new HashSet<>();
    private final Map<Integer, Long> sinceOldest = new TreeMap<>();
    private @Nullable Map<Integer, Long> sinceBase;
    private final Map<Integer, Long> pending = new TreeMap<>();
    private boolean complete;
    private long records;
    private long damagedPending;
    private String note = "";

    VerifyJournal(
            Connection connection, int loaderId, Map<Integer, Map<String, Long>> ledger, ProgressListener progress) {
        this.connection = connection;
        this.loaderId = loaderId;
        this.ledger = ledger;
        this.progress = progress;
    }

    List<Verify.Outcome> run(Opener opener, @Nullable Checkpoint checkpoint, Verify.Accepted accepted)
            throws SQLException {
        List<String> missing = new ArrayList<>();
        boolean alone = readLoaded(checkpoint);
        boolean found = checkpoint == null;
        try (JournalTailer journal = opener.open()) {
            if (checkpoint != null) {
                found = journal.resume(checkpoint) == Resume.SAME;
                if (!found) {
                    missing.add("the last loaded event, sequence " + checkpoint.sequence() + " of epoch "
                            + Integer.toUnsignedLong(checkpoint.epoch())
                            + ", is not in the journal: it was replaced, truncated or restored");
                }
            }
            journal.resume(null);
            read(journal, checkpoint, found, accepted, alone);
        } catch (JournalException e) {
            damage.add(String.valueOf(e.getMessage()));
        }
        List<Verify.Outcome> outcomes = new ArrayList<>();
        String readable =
                records + " records" + (damagedPending == 0 ? "" : ", " + damagedPending + " damaged ones wait");
        outcomes.add(Verify.outcome("journal, read end to end", damage, note.isEmpty() ? readable : note));
        outcomes.add(Verify.outcome(
                "checkpoint, found in the journal", missing, checkpoint == null ? "nothing was loaded yet" : ""));
        outcomes.add(balance(accepted, found));
        return outcomes;
    }

    private boolean readLoaded(@Nullable Checkpoint checkpoint) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet rows =
                    statement.executeQuery("SELECT record_index FROM dead_letter WHERE loader_id = " + loaderId)) {
                while (rows.next()) {
                    deadIndexes.add(rows.getLong(1));
                }
            }
            try (ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM loaded_epoch WHERE loader_id = "
                    + loaderId + " AND journal_id <> " + (checkpoint == null ? 0 : checkpoint.journalId()))) {
                return row.next() && row.getLong(1) == 0;
            }
        }
    }

    private void read(
            JournalTailer journal,
            @Nullable Checkpoint checkpoint,
            boolean found,
            Verify.Accepted accepted,
            boolean alone) {
        boolean behind = checkpoint == null || !found;
        for (Polled polled = journal.poll(); polled != null; polled = journal.poll()) {
            if (polled instanceof Polled.TooNew tooNew) {
                note = "a newer version's record stops loading after sequence "
                        + (tooNew.position().sequence() - 1) + "; upgrade";
                return;
            }
            Checkpoint position = new Entry(polled, 0, null).position();
            if (records++ == 0) {
                // One journal, from its first event on: then it alone knows what was accepted.
                complete = position.sequence() == 1 && alone;
            }
            look(polled, position, behind);
            if (position.equals(accepted.at())) {
                sinceBase = new TreeMap<>();
            }
            if (position.equals(checkpoint)) {
                behind = true;
            }
            if (records % TELL_EVERY == 0) {
                progress.at("journal", records, 0);
            }
        }
    }

    private void look(Polled polled, Checkpoint position, boolean behind) {
        int projectId;
        if (polled instanceof Polled.Damaged damaged) {
            projectId = damaged.projectIdOrZero();
            if (behind) {
                damagedPending++;
            } else if (!deadIndexes.contains(position.index())) {
                damage.add("record " + Long.toHexString(position.index()) + " " + damaged.reason()
                        + ", and is not among the dead letters");
            }
        } else {
            var record = ((Polled.Stored) polled).record();
            if (record.event() instanceof Refusals) {
                return;
            }
            projectId = record.envelope().projectId();
        }
        (behind ? pending : sinceOldest).merge(projectId, 1L, Long::sum);
        Map<Integer, Long> base = sinceBase;
        if (!behind && base != null) {
            base.merge(projectId, 1L, Long::sum);
        }
    }

    /** accepted = stored + dropped + dead-lettered + pending: the pending ones are behind the checkpoint, so without them. */
    private Verify.Outcome balance(Verify.Accepted accepted, boolean found) {
        Map<Integer, Long> known = new TreeMap<>();
        Map<Integer, Long> counted = sinceBase;
        if (!found || !damage.isEmpty() || (!complete && counted == null)) {
            return Verify.outcome(
                    "ledger, accepted = stored + dropped + dead letters + pending",
                    List.of(),
                    "not compared: the journal no longer has what was accepted");
        }
        if (counted == null) {
            known.putAll(sinceOldest);
        } else {
            known.putAll(accepted.byProject());
            counted.forEach((project, events) -> known.merge(project, events, Long::sum));
        }
        List<String> differences = new ArrayList<>();
        Set<Integer> ids = new TreeSet<>(known.keySet());
        ids.addAll(ledger.keySet());
        long waiting = pending.values().stream().mapToLong(Long::longValue).sum();
        for (int project : ids) {
            long outcomes = ledger.getOrDefault(project, Map.of()).entrySet().stream()
                    .filter(entry -> !entry.getKey().startsWith("refused_"))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
            long took = known.getOrDefault(project, 0L);
            if (outcomes != took) {
                long wait = pending.getOrDefault(project, 0L);
                differences.add("project " + project + ": accepted " + (took + wait) + ", but stored + dropped"
                        + " + dead letters are " + outcomes + " and pending " + wait);
            }
        }
        return Verify.outcome(
                "ledger, accepted = stored + dropped + dead letters + pending", differences, waiting + " pending");
    }
}

package io.micrologs.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micrologs.http.Reply;
import io.micrologs.http.Request;
import io.micrologs.query.JournalCounts.Counted;
import io.micrologs.query.JournalCounts.Position;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/ledger}: what became of every accepted event, to the last one. Any thread. */
final class LedgerEndpoint {
    /*
     * accepted = stored + dropped + dead-lettered + pending
     * The right side but for `pending` is what the loader wrote, the rest is counted in the journal without it. The outcomes
     * are read before the journal is counted to its end, so what is loaded meanwhile is counted as pending, never twice.
     */
    private static final String REFUSED = "refused_";

    private static final String STORED = "stored";
    private static final String DEAD_LETTER = "dead_letter";
    private static final List<String> DROPPED = List.of("repeat", "duplicate", "deleted");

    private final Access access;
    private final DataSource dataSource;
    private final JournalCounts journal;

    LedgerEndpoint(Access access, DataSource dataSource, JournalCounts journal) {
        this.access = access;
        this.dataSource = dataSource;
        this.journal = journal;
    }

    /** @param counted whether all that is stored is in the counters that analytics are answered from */
    private record Data(List<Line> projects, @Nullable Boolean balances, boolean counted) {}

    private record Line(
            int id,
            @Nullable Long accepted,
            long stored,
            Map<String, Long> dropped,
            long deadLettered,
            @Nullable Long pending,
            Map<String, Long> refused,
            @Nullable Boolean balances) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Meta(String note) {}

    private record Row(int project, String outcome, long events) {}

    /** Of one moment. */
    private record Loaded(@Nullable Position position, List<Row> rows, List<Integer> projects, boolean counted) {}

    Reply answer(Request request) throws SQLException {
        Integer only = null;
        if (request.header("X-Admin-Key") != null) {
            Reply refusal = access.refuseUnlessAdmin(request);
            if (refusal != null) {
                return refusal;
            }
        } else {
            Access.Caller caller = access.secret(request);
            if (caller.refusal() != null) {
                return caller.refusal();
            }
            only = caller.project().id();
        }
        Looked looked = look(only);
        return Json.ok(looked.data, looked.note == null ? null : new Meta(looked.note));
    }

    private record Looked(Data data, @Nullable String note) {}

    /** Whether it balances for every project; null when that is not known now. */
    @Nullable
    Boolean balances() throws SQLException {
        return look(null).data.balances;
    }

    private Looked look(@Nullable Integer only) throws SQLException {
        Loaded loaded = Sql.inTransaction(dataSource, LedgerEndpoint::read);
        Map<Integer, Map<String, Long>> outcomes = new HashMap<>();
        Map<Integer, Long> sums = new HashMap<>();
        for (Row row : loaded.rows) {
            outcomes.computeIfAbsent(row.project, id -> new TreeMap<>()).put(row.outcome, row.events);
            if (!row.outcome.startsWith(REFUSED)) {
                sums.merge(row.project, row.events, Long::sum);
            }
        }
        Counted counted = journal.count(loaded.position, sums);
        Set<Integer> ids = new TreeSet<>(outcomes.keySet());
        ids.addAll(loaded.projects);
        if (counted.accepted() != null) {
            ids.addAll(counted.accepted().keySet());
        }
        List<Line> lines = new ArrayList<>();
        for (int id : only == null ? ids : Set.of(only)) {
            lines.add(line(id, outcomes.getOrDefault(id, Map.of()), counted));
        }
        Boolean balances =
                counted.accepted() == null ? null : lines.stream().allMatch(line -> Boolean.TRUE.equals(line.balances));
        return new Looked(new Data(lines, balances, loaded.counted), counted.note());
    }

    private static Loaded read(Sql sql) throws SQLException {
        // The first statement sets the moment that all of them are read as of.
        List<Row> rows = sql.rows(
                "SELECT project_id, outcome, SUM(events) AS events FROM ledger GROUP BY project_id, outcome",
                row -> new Row(row.getInt("project_id"), row.getString("outcome"), row.getLong("events")));
        Position position = sql.first(
                        """
                        SELECT journal_id, epoch, sequence, record_index, crc
                        FROM checkpoint
                        ORDER BY loader_id
                        LIMIT 1
                        """,
                        row -> new Position(
                                row.getLong("journal_id"),
                                (int) row.getLong("epoch"),
                                row.getLong("sequence"),
                                row.getLong("record_index"),
                                (int) row.getLong("crc")))
                .orElse(null);
        List<Integer> projects = sql.rows("SELECT project_id FROM project", row -> row.getInt("project_id"));
        boolean counted =
                sql.first("SELECT 1 FROM rollup_pending LIMIT 1", row -> true).isEmpty();
        return new Loaded(position, rows, projects, counted);
    }

    private static Line line(int project, Map<String, Long> outcomes, Counted counted) {
        Map<String, Long> dropped = new LinkedHashMap<>();
        DROPPED.forEach(reason -> dropped.put(reason, 0L));
        Map<String, Long> refused = new TreeMap<>();
        outcomes.forEach((outcome, events) -> {
            if (outcome.startsWith(REFUSED)) {
                refused.put(outcome.substring(REFUSED.length()), events);
            } else if (!outcome.equals(STORED) && !outcome.equals(DEAD_LETTER)) {
                dropped.put(outcome, events);
            }
        });
        long stored = outcomes.getOrDefault(STORED, 0L);
        long dead = outcomes.getOrDefault(DEAD_LETTER, 0L);
        Long accepted = of(counted.accepted(), project);
        Long pending = of(counted.pending(), project);
        long settled = stored
                + dead
                + dropped.values().stream().mapToLong(Long::longValue).sum();
        Boolean balances = accepted == null || pending == null ? null : accepted == settled + pending;
        return new Line(project, accepted, stored, dropped, dead, pending, refused, balances);
    }

    private static @Nullable Long of(@Nullable Map<Integer, Long> counts, int project) {
        return counts == null ? null : counts.getOrDefault(project, 0L);
    }
}

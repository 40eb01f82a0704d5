package io.micrologs.faults;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the tables hold, read past the server, in the words of {@link Model}. */
final class Stored {
    private final Connection connection;
    private final long sinceMs;

    /** @param sinceMs rows that arrived before are left out where they have a time */
    Stored(Connection connection, long sinceMs) {
        this.connection = connection;
        this.sinceMs = sinceMs;
    }

    /** Hash of an event id → when it arrived; more than one time is one too many. */
    Map<Long, List<Long>> seen() throws SQLException {
        Map<Long, List<Long>> seen = new HashMap<>();
        rows(
                "SELECT event_id, received_ms FROM event_seen WHERE received_ms >= ?",
                row -> seen.computeIfAbsent(row.getLong(1), id -> new ArrayList<>(1))
                        .add(row.getLong(2)));
        return seen;
    }

    List<String> pageviews() throws SQLException {
        return lines("""
                SELECT v.project_id, v.received_ms, v.visitor_id, v.session_token, v.session_started_ms, p.url
                FROM pageview v JOIN page p ON p.project_id = v.project_id AND p.page_id = v.page_id
                WHERE v.received_ms >= ?""");
    }

    List<String> sessions() throws SQLException {
        return lines("""
                SELECT s.project_id, s.session_token, s.started_ms, s.last_ms, s.pageviews, s.visitor_id, a.url, z.url
                FROM session s JOIN page a ON a.project_id = s.project_id AND a.page_id = s.entry_page_id
                JOIN page z ON z.project_id = s.project_id AND z.page_id = s.exit_page_id
                WHERE s.started_ms >= ?""");
    }

    Map<String, Long> visitors() throws SQLException {
        return counts(
                "SELECT CONCAT(project_id, '|', visitor_id), first_seen_ms FROM visitor WHERE first_seen_ms >= ?");
    }

    /** Of all rounds: they have no time. */
    Map<String, Long> aliases() throws SQLException {
        return counts("SELECT CONCAT(project_id, '|', alias_id), visitor_id FROM visitor_alias WHERE ? IS NOT NULL");
    }

    List<String> errors() throws SQLException {
        return lines("""
                SELECT e.project_id, e.received_ms, g.message, ELT(e.severity, 'info', 'warning', 'error', 'critical'),
                SUBSTRING_INDEX(SUBSTRING_INDEX(e.context, '"', 4), '"', -1)
                FROM error_event e JOIN error_group g ON g.group_id = e.group_id AND g.project_id = e.project_id
                WHERE e.received_ms >= ?""");
    }

    List<String> audits() throws SQLException {
        return lines("SELECT project_id, received_ms, action, actor FROM audit_event WHERE received_ms >= ?");
    }

    /** Referrer of a click → how often. */
    Map<String, Long> clicks() throws SQLException {
        return counts("""
                SELECT t.value, COUNT(*) FROM link_click c
                JOIN term t ON t.project_id = c.project_id AND t.term_id = c.referrer_id
                WHERE c.received_ms >= ? GROUP BY t.value""");
    }

    /** Group → what it says about itself: its count, first, last and severity. */
    Map<String, String> groups() throws SQLException {
        return groups("""
                SELECT CONCAT(project_id, '|', message), CONCAT_WS('|', occurrence_count, first_seen_ms, last_seen_ms,
                last_sequence, severity) FROM error_group WHERE ? IS NOT NULL""");
    }

    /** The same, worked out from all its occurrences. */
    Map<String, String> groupsFromRows() throws SQLException {
        return groups("""
                SELECT CONCAT(g.project_id, '|', g.message), CONCAT_WS('|', COUNT(*), MIN(e.received_ms),
                MAX(e.received_ms), MAX(e.sequence),
                SUBSTRING_INDEX(GROUP_CONCAT(e.severity ORDER BY e.sequence DESC), ',', 1))
                FROM error_event e JOIN error_group g ON g.group_id = e.group_id
                WHERE ? IS NOT NULL GROUP BY g.project_id, g.message""");
    }

    /** "project outcome" → events, without refusals. */
    Map<String, Long> ledger() throws SQLException {
        return counts("""
                SELECT CONCAT(project_id, ' ', outcome), SUM(events) FROM ledger
                WHERE outcome NOT LIKE 'refused%' AND ? IS NOT NULL GROUP BY project_id, outcome""");
    }

    /** "project pageviews", "project clicks" and so on, as the lists show them. */
    Map<String, Long> totals() throws SQLException {
        Map<String, Long> totals =
                counts("SELECT CONCAT(project_id, ' pageviews'), pageviews FROM project_total WHERE ? IS NOT NULL");
        totals.putAll(
                counts("SELECT CONCAT(project_id, ' errors'), error_events FROM project_total WHERE ? IS NOT NULL"));
        totals.putAll(
                counts("SELECT CONCAT(project_id, ' audits'), audit_events FROM project_total WHERE ? IS NOT NULL"));
        totals.putAll(counts("SELECT CONCAT(project_id, ' clicks'), clicks FROM link_total WHERE ? IS NOT NULL"));
        return totals;
    }

    /** Sequence numbers that more than one row has: a record that was loaded twice. */
    List<String> doubles() throws SQLException {
        return lines("""
                SELECT sequence, COUNT(*) FROM (SELECT sequence, received_ms FROM pageview
                UNION ALL SELECT sequence, received_ms FROM error_event
                UNION ALL SELECT sequence, received_ms FROM audit_event
                UNION ALL SELECT sequence, received_ms FROM link_click) r
                WHERE received_ms >= ? GROUP BY sequence HAVING COUNT(*) > 1""");
    }

    List<String> deadLetters() throws SQLException {
        return lines("SELECT project_id, record_index, reason FROM dead_letter WHERE ? IS NOT NULL");
    }

    private interface RowReader {
        void read(ResultSet row) throws SQLException;
    }

    private List<String> lines(String sql) throws SQLException {
        List<String> lines = new ArrayList<>();
        rows(sql, row -> {
            StringBuilder line = new StringBuilder(row.getString(1));
            for (int i = 2; i <= row.getMetaData().getColumnCount(); i++) {
                line.append('|').append(row.getString(i));
            }
            lines.add(line.toString());
        });
        return lines;
    }

    private Map<String, Long> counts(String sql) throws SQLException {
        Map<String, Long> counts = new TreeMap<>();
        rows(sql, row -> counts.put(row.getString(1), row.getLong(2)));
        return counts;
    }

    private Map<String, String> groups(String sql) throws SQLException {
        Map<String, String> groups = new TreeMap<>();
        rows(sql, row -> groups.put(row.getString(1), row.getString(2)));
        return groups;
    }

    private void rows(String sql, RowReader reader) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, sinceMs);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    reader.read(rows);
                }
            }
        }
    }
}

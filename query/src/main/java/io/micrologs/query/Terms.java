package io.micrologs.query;

import java.sql.SQLException;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The texts that a project's term ids stand for. */
final class Terms {
    /** Longer lists are turned into joins with temporary tables, or scans. */
    private static final int IDS_MAX = 500;

    private Terms() {}

    private record Term(long id, String value) {}

    /** Without those ids that stand for nothing. */
    static Map<Long, String> of(Sql sql, int project, Collection<Long> ids) throws SQLException {
        Map<Long, String> texts = new HashMap<>();
        Set<Long> distinct = new TreeSet<>(ids);
        List<Long> sorted = List.copyOf(distinct);
        for (int from = 0; from < sorted.size(); from += IDS_MAX) {
            List<Long> some = sorted.subList(from, Math.min(sorted.size(), from + IDS_MAX));
            Object[] values = new Object[some.size() + 1];
            values[0] = project;
            for (int i = 0; i < some.size(); i++) {
                values[i + 1] = some.get(i);
            }
            sql.rows(
                            "SELECT term_id, value FROM term WHERE project_id = ? AND term_id IN ("
                                    + String.join(", ", Collections.nCopies(some.size(), "?")) + ")",
                            row -> new Term(row.getLong("term_id"), row.getString("value")),
                            values)
                    .forEach(term -> texts.put(term.id, term.value));
        }
        return texts;
    }
}

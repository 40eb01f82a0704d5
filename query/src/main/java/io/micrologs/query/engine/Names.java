package io.micrologs.query.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The texts that a project's numbers stand for, read when they are needed. Not thread-safe. */
final class Names {
    /** Longer lists are turned into joins with temporary tables, or scans. */
    private static final int IDS_MAX = 500;

    private final Rows rows;
    private final int project;
    private final Map<Long, String> terms = new HashMap<>();
    private final Map<Long, List<@Nullable String>> pages = new HashMap<>();
    private final Map<Long, String> links = new HashMap<>();
    private final Map<Long, String> types = new HashMap<>();
    private final Map<Long, Long> typeOfGroup = new HashMap<>();
    private final Map<Long, long[]> tuples = new HashMap<>();

    Names(Rows rows, int project) {
        this.rows = rows;
        this.project = project;
    }

    /** That the loader gives a text: the first 8 bytes of the SHA-256 of its UTF-8. */
    static long number(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(hash).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** What a raw row says: there may be no row of {@code tuple} yet. */
    long tuple(long[] parts) {
        long id = number(parts[0] + "|" + parts[1] + "|" + parts[2]);
        tuples.put(id, parts);
        return id;
    }

    /** Learns which values of an answer these of rows are part of; see {@link #merged}. */
    void learn(Attribute attribute, Collection<Long> values) throws SQLException {
        if (attribute.kind == Attribute.Kind.ERROR_TYPE) {
            read(
                    "SELECT group_id AS id, error_type FROM error_group WHERE project_id = ? AND group_id IN ",
                    values,
                    row -> {
                        String type = row.getString("error_type");
                        typeOfGroup.put(row.getLong("id"), number(type));
                        types.put(number(type), type);
                    });
        }
    }

    long merged(Attribute attribute, long value) {
        return switch (attribute.kind) {
            case CATEGORY -> Named.CATEGORIES.indexOf(Named.category((int) value));
            case ERROR_TYPE -> typeOfGroup.getOrDefault(value, 0L);
            default -> value;
        };
    }

    void read(Attribute attribute, Collection<Long> values) throws SQLException {
        switch (attribute.kind) {
            case PAGE ->
                read(
                        "SELECT page_id AS id, url, title FROM page WHERE project_id = ? AND page_id IN ",
                        values,
                        row -> pages.put(
                                row.getLong("id"), Arrays.asList(row.getString("url"), row.getString("title"))));
            case TERM -> terms(values);
            case TUPLE, PLACE -> tuples(attribute, values);
            case LINK ->
                read(
                        "SELECT link_id AS id, code FROM link WHERE project_id = ? AND link_id IN ",
                        values,
                        row -> links.put(row.getLong("id"), row.getString("code")));
            default -> {}
        }
    }

    private void terms(Collection<Long> values) throws SQLException {
        read(
                "SELECT term_id AS id, value FROM term WHERE project_id = ? AND term_id IN ",
                values,
                row -> terms.put(row.getLong("id"), row.getString("value")));
    }

    private void tuples(Attribute attribute, Collection<Long> values) throws SQLException {
        read(
                "SELECT tuple_id AS id, first_id, second_id, third_id FROM tuple WHERE project_id = ? AND tuple_id IN ",
                values.stream().filter(id -> !tuples.containsKey(id)).toList(),
                row -> tuples.put(
                        row.getLong("id"),
                        new long[] {row.getLong("first_id"), row.getLong("second_id"), row.getLong("third_id")}));
        TreeSet<Long> parts = new TreeSet<>();
        for (long value : values) {
            long[] known = tuples.getOrDefault(value, new long[3]);
            for (int i = attribute.kind == Attribute.Kind.PLACE ? 1 : 0; i < attribute.columns.size(); i++) {
                parts.add(known[i]);
            }
        }
        terms(parts);
    }

    private void read(String sql, Collection<Long> values, Rows.Reader reader) throws SQLException {
        TreeSet<Long> distinct = new TreeSet<>(values);
        distinct.remove(0L);
        List<Long> sorted = List.copyOf(distinct);
        for (int from = 0; from < sorted.size(); from += IDS_MAX) {
            List<Long> some = sorted.subList(from, Math.min(sorted.size(), from + IDS_MAX));
            Object[] bound = new Object[some.size() + 1];
            bound[0] = project;
            for (int i = 0; i < some.size(); i++) {
                bound[i + 1] = some.get(i);
            }
            rows.each(sql + Pieces.marks(some.size()), reader, bound);
        }
    }

    /** As many as the attribute has keys, and for a page its title behind them; null for what has no name. */
    List<@Nullable String> of(Attribute attribute, long value) {
        return switch (attribute.kind) {
            case PAGE -> pages.getOrDefault(value, Arrays.asList(null, null));
            case TERM -> Arrays.asList(terms.get(value));
            case TUPLE, PLACE -> tuple(attribute, value);
            case COUNTRY -> Arrays.asList(value == 0 ? null : Choice.country(value));
            case CATEGORY -> List.of(Named.category((int) value));
            case DEVICE -> List.of(Named.device((int) value));
            case SEVERITY -> Arrays.asList(severity(value));
            case ERROR_TYPE -> Arrays.asList(types.get(value));
            case LINK -> Arrays.asList(links.get(value));
            case NUMBER -> List.of(Long.toString(value));
        };
    }

    private static @Nullable String severity(long code) {
        return code < 1 || code > Named.SEVERITIES.size() ? null : Named.SEVERITIES.get((int) code - 1);
    }

    private List<@Nullable String> tuple(Attribute attribute, long value) {
        long[] parts = tuples.getOrDefault(value, new long[3]);
        @Nullable String[] texts = new String[attribute.columns.size()];
        for (int i = 0; i < texts.length; i++) {
            if (parts[i] != 0) {
                boolean country = i == 0 && attribute.kind == Attribute.Kind.PLACE;
                texts[i] = country ? Choice.country(parts[i]) : terms.get(parts[i]);
            }
        }
        return Arrays.asList(texts);
    }
}

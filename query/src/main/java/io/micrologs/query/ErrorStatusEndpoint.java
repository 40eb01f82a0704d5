package io.micrologs.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrologs.http.Reply;
import io.micrologs.http.Request;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** {@code /api/track/errors-update-status}: what people decided about error groups. Any thread. */
final class ErrorStatusEndpoint {
    private static final int IDS_MAX = 100;

    /** The loader writes the same rows, many at a time: one of two that wait for each other is told to try again. */
    private static final int ATTEMPTS_MAX = 5;

    private final Access access;
    private final DataSource dataSource;
    private final InstantSource clock;

    ErrorStatusEndpoint(Access access, DataSource dataSource, InstantSource clock) {
        this.access = access;
        this.dataSource = dataSource;
        this.clock = clock;
    }

    private record Data(
            int updated,
            List<Long> ids,
            String status,

            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Long> notFound) {}

    private record Found(long id, int status) {}

    Reply update(Request request) throws SQLException {
        Access.Caller caller = access.secret(request);
        if (caller.refusal() != null) {
            return caller.refusal();
        }
        RequestBody read = RequestBody.of(request);
        if (read.refusal() != null) {
            return read.refusal();
        }
        ObjectNode body = read.object();
        List<JsonNode> given = given(body);
        Set<Long> ids = new LinkedHashSet<>();
        for (JsonNode id : given) {
            ids.add(Fields.id(id));
        }
        ids.remove(0L);
        int status = ErrorGroup.code(ErrorGroup.STATUSES, body.path("status").textValue());
        String refusal = refusal(given.size(), ids.size(), status);
        if (refusal != null) {
            return Json.failure(400, refusal);
        }
        return update(caller.project().id(), ids, status);
    }

    private static @Nullable String refusal(int given, int usable, int status) {
        if (given == 0) {
            return "ids (array) or id (integer) is required";
        }
        if (given > IDS_MAX) {
            return "Maximum 100 IDs per request";
        }
        if (usable == 0) {
            return "No valid IDs provided";
        }
        return status == 0 ? "status must be one of: " + String.join(", ", ErrorGroup.STATUSES) : null;
    }

    private static List<JsonNode> given(ObjectNode body) {
        List<JsonNode> given = new ArrayList<>();
        if (body.path("ids").isArray()) {
            body.get("ids").forEach(given::add);
        } else if (!body.has("ids") && body.hasNonNull("id")) {
            given.add(body.get("id"));
        }
        return given;
    }

    private Reply update(int project, Set<Long> ids, int status) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                return Sql.inTransaction(dataSource, sql -> update(sql, project, ids, status));
            } catch (SQLTransactionRollbackException e) {
                if (attempt == ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    /** Sets the time of all of them: what was received before now must not reopen a group that is resolved once more. */
    private Reply update(Sql sql, int project, Set<Long> ids, int status) throws SQLException {
        String marks = String.join(", ", Collections.nCopies(ids.size(), "?"));
        List<Object> values = new ArrayList<>(List.of(project));
        values.addAll(ids);
        Map<Long, Integer> found = new HashMap<>();
        sql.rows(
                        "SELECT group_id, status FROM error_group WHERE project_id = ? AND group_id IN (" + marks
                                + ") ORDER BY group_id FOR UPDATE",
                        row -> new Found(row.getLong("group_id"), row.getInt("status")),
                        values.toArray())
                .forEach(group -> found.put(group.id, group.status));
        if (found.isEmpty()) {
            return Json.failure(404, "No matching error groups found for this project");
        }
        List<Object> changes = new ArrayList<>(List.of(status, clock.millis()));
        changes.addAll(values);
        sql.update(
                "UPDATE error_group SET status = ?, status_ms = ? WHERE project_id = ? AND group_id IN (" + marks + ")",
                changes.toArray());
        int updated = (int) found.values().stream().filter(old -> old != status).count();
        return Json.ok(new Data(
                updated,
                ids.stream().filter(found::containsKey).toList(),
                ErrorGroup.STATUSES.get(status - 1),
                ids.stream().filter(id -> !found.containsKey(id)).toList()));
    }
}

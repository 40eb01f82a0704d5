package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.http.Request;
import io.micrologs.query.ControlSnapshot.ProjectKeys;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.LocalDate;
import javax.sql.DataSource;

/** {@code /api/analytics/*}: who asks and about which days; a {@link Preset} knows the answer. Any thread. */
final class Analytics {
    private static final Reply NO_KEY = Json.failure(401, "API key is required");
    private static final Reply BAD_KEY = Json.failure(401, "Invalid API key");

    private final ProjectStore projects;
    private final DataSource dataSource;
    private final InstantSource clock;

    Analytics(ProjectStore projects, DataSource dataSource, InstantSource clock) {
        this.projects = projects;
        this.dataSource = dataSource;
        this.clock = clock;
    }

    Reply answer(Request request, Preset preset) throws SQLException {
        String key = request.header("X-API-Key");
        if (key == null || key.isEmpty()) {
            return NO_KEY;
        }
        KeyRing.Holder holder = projects.keys().find(key);
        if (holder == null || holder.kind() != KeyRing.Kind.SECRET) {
            return BAD_KEY;
        }
        ProjectKeys project = holder.project();
        LocalDate today = LocalDate.ofInstant(clock.instant(), project.zone());
        DayRange.Parsed range = DayRange.parse(request::query, project.zone(), today);
        DayRange days = range.days();
        if (days == null) {
            return Json.failure(400, String.valueOf(range.refusal()));
        }
        // One transaction, so that all figures of an answer are of the same moment.
        return Sql.inTransaction(dataSource, sql -> preset.answer(new Question(project.id(), days, request), sql));
    }
}

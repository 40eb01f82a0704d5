package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.http.Request;
import io.micrologs.query.ControlSnapshot.ProjectKeys;
import io.micrologs.query.engine.Days;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;

/** {@code /api/analytics/*}: who asks and about which days; a {@link Preset} knows the answer. Any thread. */
final class Analytics {
    private final Access access;
    private final DataSource dataSource;
    private final InstantSource clock;
    private final Semaphore slow;

    Analytics(Access access, DataSource dataSource, InstantSource clock, Semaphore slow) {
        this.access = access;
        this.dataSource = dataSource;
        this.clock = clock;
        this.slow = slow;
    }

    Reply answer(Request request, Preset preset) throws SQLException {
        Access.Caller caller = access.secret(request);
        if (caller.refusal() != null) {
            return caller.refusal();
        }
        ProjectKeys project = caller.project();
        LocalDate today = LocalDate.ofInstant(clock.instant(), project.zone());
        DayRange.Parsed range = DayRange.parse(request::query, project.zone(), today);
        Days days = range.days();
        if (days == null) {
            return Json.failure(400, String.valueOf(range.refusal()));
        }
        // One transaction, so that all figures of an answer are of the same moment.
        return Sql.inTransaction(dataSource, sql -> {
            try {
                return preset.answer(new Question(project.id(), days, slow, request), sql);
            } catch (RefusedException e) {
                return Json.refusal(e);
            }
        });
    }
}

package io.micrologs.query;

import io.micrologs.http.Request;
import io.micrologs.query.engine.Days;
import io.micrologs.query.engine.Engine;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * What is asked: by which project, about which days, with which further parameters.
 *
 * @param project the only one whose rows the answer may read
 * @param slow permits to read many raw rows
 */
record Question(int project, Days days, Semaphore slow, Request request) {

    /** The parameter's value; null when it was not given. */
    @Nullable
    String text(String parameter) {
        return request.query(parameter);
    }

    /** The parameter {@code limit}, clamped to 1 to {@code max}; {@code otherwise} when it is missing or no number. */
    int limit(int otherwise, int max) {
        String text = request.query("limit");
        if (text == null || !text.matches("-?[0-9]{1,18}")) {
            return otherwise;
        }
        return (int) Math.max(1, Math.min(max, Long.parseLong(text)));
    }

    /** Answers questions about these days. */
    Engine engine(Sql sql) throws SQLException {
        return Engine.of(sql, project, days, slow);
    }

    String time(long ms) {
        return Times.text(ms, zone());
    }

    ZoneId zone() {
        return days.zone();
    }
}

package io.micrologs.loader;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which failures are a row's own fault. Everything else, known or not, may pass: it is tried again for ever. */
final class SqlFailures {

    /** No default for a column, and text that the column's character set cannot hold. */
    private static final Set<Integer> DATA_CODES = Set.of(1364, 1366, 3988);

    /** SQL state of a data error that our own code made of an exception while it read a record. */
    static final String OUR_CODE = "22MLG";

    private SqlFailures() {}

    static boolean isDataError(SQLException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && isData(sql.getSQLState(), sql.getErrorCode())) {
                return true;
            }
        }
        return false;
    }

    /** 22: data exception; 23: integrity constraint. */
    private static boolean isData(@Nullable String state, int code) {
        return DATA_CODES.contains(code) || (state != null && (state.startsWith("22") || state.startsWith("23")));
    }

    /** For a log line or a status: no line breaks, not endless, and nothing of a row's values. */
    static String brief(Throwable failure) {
        if (failure instanceof SQLException sql && isDataError(sql) && !OUR_CODE.equals(sql.getSQLState())) {
            return "SQL state " + sql.getSQLState() + ", error " + sql.getErrorCode();
        }
        String message = failure.getMessage();
        String first =
                message == null ? "" : message.strip().lines().findFirst().orElse("");
        String text = first.isEmpty() ? failure.getClass().getSimpleName() : first;
        return text.length() <= 200 ? text : text.substring(0, 200);
    }
}

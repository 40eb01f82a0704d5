package io.micrologs.loader;

import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an operator is told of a database that fails: what is wrong there, and what helps. Stateless. */
public final class DatabaseAdvice {

    private static final int RUNS_WITH_AN_OPTION = 1290;
    private static final String READ_ONLY =
            "it is read-only; make it writable, or point database.url to the one that is";
    private static final String DISK = "its disk is full; make room there";
    private static final String CONNECTIONS =
            "it has no connection left; raise its max_connections, or end what holds them (SHOW PROCESSLIST)";
    private static final String ACCESS =
            "it refuses the user; check database.user and database.password, and what that user is granted";
    private static final String MEMORY = "it is out of memory; give it more, or less to do";

    private static final Map<Integer, String> BY_CODE = Map.ofEntries(
            Map.entry(1114, DISK),
            Map.entry(1021, DISK),
            Map.entry(1026, DISK),
            Map.entry(3, DISK),
            Map.entry(RUNS_WITH_AN_OPTION, READ_ONLY),
            Map.entry(1836, READ_ONLY),
            Map.entry(1792, READ_ONLY),
            Map.entry(1040, CONNECTIONS),
            Map.entry(1203, CONNECTIONS),
            Map.entry(1226, CONNECTIONS),
            Map.entry(1037, MEMORY),
            Map.entry(1038, MEMORY),
            Map.entry(1041, MEMORY),
            Map.entry(1044, ACCESS),
            Map.entry(1045, ACCESS),
            Map.entry(1130, ACCESS),
            Map.entry(1142, ACCESS),
            Map.entry(1698, ACCESS),
            Map.entry(1049, "its schema is gone; create or restore it"),
            Map.entry(1146, "a table is missing; restore it"),
            Map.entry(1053, "it is shutting down"),
            Map.entry(1927, "it ended the connection; is it being shut down?"),
            Map.entry(1205, "another transaction holds a lock and does not end; SHOW PROCESSLIST names it"),
            Map.entry(1213, "another transaction stands in the way again and again; what else writes to this schema?"));

    private static final Set<String> UNREACHABLE = Set.of("08001", "08S01", "08003", "08006", "08007");

    private DatabaseAdvice() {}

    /** One line without anything secret, about "it", the database. */
    public static String of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                String advice = byCode(sql);
                if (advice != null) {
                    // Not the server's text: it names paths and users, and anybody may read health.
                    return advice + " (error " + sql.getErrorCode() + ")";
                }
            }
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && UNREACHABLE.contains(String.valueOf(sql.getSQLState()))) {
                return "nothing answers at its address, or not to the end; is it running? (" + root(sql) + ")";
            }
        }
        return SqlFailures.brief(failure);
    }

    private static @Nullable String byCode(SQLException failure) {
        // Other options are none of these.
        String said = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        return failure.getErrorCode() == RUNS_WITH_AN_OPTION
                        && !said.contains("read-only")
                        && !said.contains("read_only")
                ? null
                : BY_CODE.get(failure.getErrorCode());
    }

    private static String root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return SqlFailures.brief(root);
    }
}

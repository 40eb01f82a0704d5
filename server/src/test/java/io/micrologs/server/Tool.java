package io.micrologs.server;

import io.micrologs.database.JdbcUrls;
import io.micrologs.database.RunningDatabase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A command run in this JVM, with what it said. */
record Tool(int exit, String output) {

    static Tool run(Path data, String... arguments) {
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = "--data.dir=" + data;
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (PrintStream both = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            System.setOut(both);
            System.setErr(both);
            return new Tool(Main.run(all, Map.of()), said.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    /** Behind the back of the server that runs there. */
    static void sql(Path data, String... statements) throws SQLException {
        try (Connection connection = connect(data);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    static Connection connect(Path data) throws SQLException {
        RunningDatabase running = RunningDatabase.find(data.resolve("mariadb")).orElseThrow();
        return DriverManager.getConnection(JdbcUrls.complete(running.jdbcUrl()), running.user(), running.password());
    }

    static long number(Path data, String sql) {
        try {
            return Long.parseLong(rows(data, sql).get(0));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The rows of a question, their columns joined by bars. */
    static List<String> rows(Path data, String sql) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Connection connection = connect(data);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    row.add(String.valueOf(result.getString(i)));
                }
                rows.add(String.join("|", row));
            }
        }
        return rows;
    }
}

package io.micrologs.loader;

import io.micrologs.database.JdbcUrls;
import io.micrologs.database.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A migrated schema on the shared server. Tests that share one take a project and a loader of their own. */
final class TestSchema implements ConnectionSource {

    /** Every project has these, numbered from 1. */
    static final int LINKS = 3;

    static final int DELETED_LINK = 3;

    private static final AtomicInteger LAST_PROJECT = new AtomicInteger();
    private static final AtomicInteger LAST_LOADER = new AtomicInteger();

    private final String url;

    private TestSchema(String url) {
        this.url = url;
    }

    static TestSchema empty(String name) {
        String given = TestDatabase.shared().jdbcUrl(name);
        return new TestSchema(JdbcUrls.completeForLoader(given));
    }

    static TestSchema migrated(String name) {
        TestSchema schema = empty(name);
        Schema.migrate(schema.dataSource());
        return schema;
    }

    com.mysql.cj.jdbc.MysqlDataSource dataSource() {
        var dataSource = new com.mysql.cj.jdbc.MysqlDataSource();
        dataSource.setUrl(url);
        dataSource.setUser(TestDatabase.shared().user());
        dataSource.setPassword(TestDatabase.shared().password());
        return dataSource;
    }

    @Override
    public Connection open() throws SQLException {
        TestDatabase database = TestDatabase.shared();
        return DriverManager.getConnection(url, database.user(), database.password());
    }

    static int newLoaderId() {
        return LAST_LOADER.incrementAndGet();
    }

    int newProject(String timeZone) {
        int id = LAST_PROJECT.incrementAndGet();
        try (Connection connection = open();
                PreparedStatement insert = connection.prepareStatement("""
                        INSERT INTO project (project_id, name, public_key, secret_key_hash, allowed_domains, time_zone,
                          is_active, created_ms, updated_ms)
                        VALUES (?, 'test', ?, ?, '["example.com"]', ?, TRUE, 0, 0)""")) {
            insert.setInt(1, id);
            insert.setString(2, "%032d".formatted(id));
            insert.setBytes(3, "%032d".formatted(id).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            insert.setString(4, timeZone);
            insert.executeUpdate();
            for (int i = 1; i <= LINKS; i++) {
                execute("INSERT INTO link VALUES (%d, %d, '%08d', 'https://example.org/', NULL, TRUE, 0, 0, %s)"
                        .formatted(linkId(id, i), id, linkId(id, i), i == DELETED_LINK ? "1" : "NULL"));
            }
            execute("UPDATE control_version SET version = version + 1");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return id;
    }

    static int linkId(int project, int number) {
        return project * 10 + number;
    }

    void execute(String sql) {
        try (Connection connection = open();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** Each row as its values, joined by {@code |}; in the order of the query. */
    List<String> rows(String sql) {
        try (Connection connection = open();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            int width = rows.getMetaData().getColumnCount();
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                StringBuilder row = new StringBuilder();
                for (int i = 1; i <= width; i++) {
                    row.append(i == 1 ? "" : "|").append(rows.getString(i));
                }
                found.add(row.toString());
            }
            return found;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    long number(String sql) {
        return Long.parseLong(rows(sql).get(0));
    }

    static long ms(String instant) {
        return Instant.parse(instant).toEpochMilli();
    }
}

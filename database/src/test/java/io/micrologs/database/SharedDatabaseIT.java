package io.micrologs.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class SharedDatabaseIT {
    private final TestDatabase database = TestDatabase.shared();

    private Connection connect(String url) throws SQLException {
        return DriverManager.getConnection(url, database.user(), database.password());
    }

    @Test
    void jdbcUrl_ofUsedSchema_isEmptyAgain() throws SQLException {
        try (Connection connection = connect(database.jdbcUrl("fresh"));
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE t (a INT)");
        }
        try (Connection connection = connect(database.jdbcUrl("fresh"));
                Statement statement = connection.createStatement();
                ResultSet tables = statement.executeQuery("SHOW TABLES")) {
            assertThat(tables.next()).isFalse();
        }
    }

    @Test
    void killAndStart_committedRows_areThereAtTheSameUrl() throws SQLException {
        String url = database.jdbcUrl("kept");
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE t (a INT)");
            statement.execute("INSERT INTO t VALUES (42)");
        }
        database.kill();
        try {
            assertThatThrownBy(() -> connect(url).close()).isInstanceOf(SQLException.class);
        } finally {
            database.start();
        }
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT a FROM t")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(42);
        }
    }

    @Test
    void stopAndStart_url_answersAgain() throws SQLException {
        String url = database.jdbcUrl("stopped");
        database.stop();
        database.start();
        try (Connection connection = connect(url)) {
            assertThat(connection.isValid(5)).isTrue();
        }
    }
}

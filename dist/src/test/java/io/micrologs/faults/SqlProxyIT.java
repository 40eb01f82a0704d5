package io.micrologs.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mysql.cj.jdbc.JdbcStatement;
import io.micrologs.database.JdbcUrls;
import io.micrologs.database.TestDatabase;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the proxy does to a session, as the driver that Micrologs uses sees it. */
class SqlProxyIT {
    private final TestDatabase database = TestDatabase.shared();
    private String direct;
    private SqlProxy proxy;

    @BeforeEach
    void start() throws SQLException {
        direct = database.jdbcUrl("proxied");
        proxy = SqlProxy.before(ProxiedDatabase.port(direct));
        try (Connection connection = open(direct);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE checkpoint (number INT NOT NULL, text TEXT NOT NULL) ENGINE = InnoDB");
            statement.execute("INSERT INTO checkpoint VALUES (0, '')");
        }
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void healthy_statementsAndFilesPass() throws SQLException {
        StringBuilder rows = new StringBuilder();
        int rowsMax = 40_000;
        for (int i = 1; i <= rowsMax; i++) {
            rows.append(i).append('\t').append("x".repeat(100)).append('\n');
        }
        try (Connection connection = openProxied();
                Statement statement = connection.createStatement()) {
            statement
                    .unwrap(JdbcStatement.class)
                    .setLocalInfileInputStream(
                            new ByteArrayInputStream(rows.toString().getBytes(StandardCharsets.UTF_8)));
            assertThat(statement.executeUpdate("LOAD DATA LOCAL INFILE 'rows' INTO TABLE checkpoint"))
                    .isEqualTo(rowsMax);
            // Commands are understood again after the file.
            proxy.refuseWrites(SqlError.DEADLOCK, 1);
            assertThatThrownBy(() -> statement.execute("DELETE FROM checkpoint"))
                    .isInstanceOf(SQLException.class);
            assertThat(number(connection, "SELECT SUM(number) FROM checkpoint"))
                    .isEqualTo(rowsMax * (rowsMax + 1L) / 2);
        }
    }

    /** What a slow database costs is its answers, and the driver likes to ask more than it was told to. */
    @Test
    void batchOfRows_isOneStatement() throws SQLException {
        try (Connection connection = openProxied();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO checkpoint VALUES (?, 'x')")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < 1_000; i++) {
                insert.setInt(1, i);
                insert.addBatch();
            }
            long before = proxy.statements.get();
            insert.executeBatch();
            assertThat(proxy.statements.get() - before).isOne();
        }
    }

    @Test
    void delayed_eachAnswerTakesThatLong() throws SQLException {
        try (Connection connection = openProxied()) {
            proxy.delayAnswers(Duration.ofMillis(200));
            long beganNanos = System.nanoTime();
            assertThat(number(connection, "SELECT 1")).isOne();
            assertThat(Duration.ofNanos(System.nanoTime() - beganNanos)).isGreaterThan(Duration.ofMillis(199));
        }
    }

    @ParameterizedTest
    @EnumSource(SqlError.class)
    void refusedWrites_failAsOftenAsAsked_readsDoNot(SqlError error) throws SQLException {
        try (Connection connection = openProxied();
                Statement statement = connection.createStatement()) {
            proxy.refuseWrites(error, 2);
            for (int i = 0; i < 2; i++) {
                SQLException refused = catchThrowableOfType(
                        SQLException.class, () -> statement.executeUpdate("UPDATE checkpoint SET number = 7"));
                assertThat(refused.getErrorCode()).isEqualTo(error.code);
                assertThat(number(connection, "SELECT number FROM checkpoint")).isZero();
            }
            assertThat(statement.executeUpdate("UPDATE checkpoint SET number = 7"))
                    .isOne();
            assertThat(proxy.faults).hasValue(2);
        }
    }

    @Test
    void tooManyConnections_refusesNewOnesAndEndsOldOnes() throws SQLException {
        try (Connection old = openProxied()) {
            proxy.refuseConnections(SqlError.TOO_MANY_CONNECTIONS);
            assertThatThrownBy(() -> number(old, "SELECT 1")).isInstanceOf(SQLException.class);
            SQLException refused = catchThrowableOfType(SQLException.class, this::openProxied);
            assertThat(refused.getMessage()).contains("Too many connections");
            assertThat(refused.getErrorCode()).isEqualTo(1040);
            assertThat(refused.getSQLState()).isEqualTo("08004");
        }
        proxy.heal();
        openProxied().close();
    }

    @Test
    void gone_neitherOldNorNewConnectionsAnswer_untilItIsBack() throws SQLException {
        try (Connection old = openProxied()) {
            proxy.vanish();
            assertThatThrownBy(() -> number(old, "SELECT 1")).isInstanceOf(SQLException.class);
            assertThatThrownBy(this::openProxied).isInstanceOf(SQLException.class);
        }
        proxy.heal();
        openProxied().close();
    }

    @Test
    void lostCommit_isRolledBack_unansweredCommit_isThere() throws SQLException {
        commitUnder(CommitFault.LOST, 1);
        try (Connection connection = open(direct)) {
            // Waits for the lock, so for the end of the transaction.
            assertThat(number(connection, "SELECT number FROM checkpoint FOR UPDATE"))
                    .isZero();
        }
        commitUnder(CommitFault.UNANSWERED, 2);
        try (Connection connection = open(direct)) {
            assertThat(number(connection, "SELECT number FROM checkpoint FOR UPDATE"))
                    .isEqualTo(2);
        }
        assertThat(proxy.batchCommits).hasValue(2);
        assertThat(proxy.faults).hasValue(2);
    }

    private void commitUnder(CommitFault fault, int value) throws SQLException {
        proxy.onBatchCommit(() -> fault);
        try (Connection connection = openProxied();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.executeUpdate("UPDATE checkpoint SET number = " + value);
            assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
        }
        proxy.heal();
    }

    private Connection openProxied() throws SQLException {
        return open(JdbcUrls.completeForLoader("jdbc:mysql://127.0.0.1:" + proxy.port() + "/proxied"));
    }

    private Connection open(String url) throws SQLException {
        return DriverManager.getConnection(url, database.user(), database.password());
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}

package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PatientSourceTest {

    private static final SQLException AWAY = new SQLException("away", "08S01");

    @Test
    void databaseThatComesBack_isConnectedToByTheSameCall() throws SQLException {
        AtomicInteger attempts = new AtomicInteger();
        Connection connection = (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> null);
        PatientSource source = new PatientSource(
                () -> {
                    if (attempts.incrementAndGet() < 100) {
                        throw AWAY;
                    }
                    return connection;
                },
                0);
        assertThat(source.getConnection() == connection).isTrue();
        assertThat(attempts).hasValue(100);
        assertThat((Throwable) source.failure()).isNull();
    }

    @Test
    void interrupted_givesUpAndSaysWhy() {
        PatientSource source = new PatientSource(
                () -> {
                    throw AWAY;
                },
                60_000);
        Thread.currentThread().interrupt();
        assertThatThrownBy(source::getConnection).hasCause(AWAY);
        assertThat(Thread.interrupted()).isTrue();
        assertThat((Throwable) source.failure()).isSameAs(AWAY);
    }

    @Test
    void closed_givesUpAndSaysWhy() {
        PatientSource source = new PatientSource(
                () -> {
                    throw AWAY;
                },
                60_000);
        source.close();
        assertThatThrownBy(source::getConnection).hasCause(AWAY);
    }

    @Test
    void poolWithoutADatabase_saysWhyAtEachTimeout_andClosesAtOnce() throws Exception {
        int nobody;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = taken.getLocalPort();
        }
        try (HikariDataSource pool = QueryPool.open("jdbc:mysql://127.0.0.1:" + nobody + "/x", "u", "p")) {
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(pool::getConnection)
                        .isInstanceOf(SQLTransientConnectionException.class)
                        .hasRootCauseMessage("Connection refused");
            }
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .as("nobody goes on trying")
                .noneMatch(thread -> thread.getName().startsWith("query connection adder"));
    }
}

package io.micrologs.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrologs.http.Reply;
import java.sql.SQLException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class OutageTest {
    private final AtomicLong nowMs = new AtomicLong(1_000);
    private final Outage outage = new Outage(() -> Instant.ofEpochMilli(nowMs.get()));
    private final Logger logger = (Logger) LoggerFactory.getLogger(Outage.class);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    @BeforeEach
    void listen() {
        logged.start();
        logger.addAppender(logged);
        logger.setAdditive(false);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(logged);
        logger.setAdditive(true);
    }

    @Test
    void poolTimeout_is503WithRetryAfterAndWhatToDo() throws Exception {
        Reply reply = answer(new SQLTransientConnectionException("query - Connection is not available"));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(new String(reply.body(), UTF_8))
                .startsWith("{\"success\":false,\"message\":\"The database does not answer right now.")
                .contains("try again");
    }

    @ParameterizedTest
    @ValueSource(strings = {"08S01", "08001", "28000", "40001", "42S02", "70100"})
    void lostConnectionsRefusalsAndMissingTables_are503(String state) throws Exception {
        assertThat(answer(new SQLException("gone", state)).status()).isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(ints = {1205, 1290, 1836, 1114, 1021, 3})
    void changeThatIsRefused_is503AndNoDefect(int code) throws Exception {
        Reply reply = answer(new SQLException("not now", "HY000", code));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(new String(reply.body(), UTF_8)).contains("takes no changes right now", "/api/health");
    }

    @Test
    void slowStatement_asksForAShorterRange() throws Exception {
        assertThat(new String(answer(new SQLTimeoutException("cancelled")).body(), UTF_8))
                .contains("Ask for a shorter range");
    }

    @Test
    void defectOfOurs_staysAnException() {
        SQLException defect = new SQLSyntaxErrorException("unknown column", "42S22");
        assertThatThrownBy(() -> answer(defect)).isSameAs(defect);
        assertThat(logged.list).isEmpty();
    }

    @Test
    void repeatedFailures_areLoggedOnceAMinute_withTheirNumber() throws Exception {
        SQLException failure = new SQLTransientConnectionException("down\nmore");
        for (int i = 0; i < 100; i++) {
            answer(failure);
        }
        nowMs.addAndGet(59_999);
        answer(failure);
        assertThat(logged.list).hasSize(1);
        nowMs.addAndGet(1);
        answer(failure);
        assertThat(logged.list).hasSize(2);
        assertThat(logged.list.get(1).getFormattedMessage())
                .contains("100 earlier")
                .doesNotContain("\n");
    }

    private Reply answer(SQLException failure) throws Exception {
        return outage.guard(request -> {
                    throw failure;
                })
                .handle(null);
    }
}

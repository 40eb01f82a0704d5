package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrologs.journal.JournalException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class OutageTest {

    private final Logger logger = (Logger) LoggerFactory.getLogger(Outage.class);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final Level before = logger.getLevel();
    private long nowMs = 1_000_000;
    private final Outage outage = new Outage(() -> Instant.ofEpochMilli(nowMs));

    @BeforeEach
    void listen() {
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        logged.start();
        logger.addAppender(logged);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(logged);
        logger.setLevel(before);
        logger.setAdditive(true);
    }

    @Test
    void journalThatStaysUnreadable_isNotAMomentsTrouble() {
        JournalException damaged = new JournalException("the journal is damaged behind record 7");
        outage.failed("the journal cannot be read", damaged);
        assertThat(outage.ofJournal(5_000)).isFalse();
        nowMs += 5_000;
        // Each attempt begins with the database.
        outage.databaseAnswers();
        outage.failed("the journal cannot be read", damaged);
        assertThat(outage.ofJournal(5_000)).isTrue();
        nowMs += 31_000;
        assertThat(outage.message()).isNull();
        outage.failed("the database cannot be reached", new SQLException("gone"));
        nowMs += 60_000;
        assertThat(outage.ofJournal(5_000)).isFalse();
    }

    @Test
    void lastingOutage_isToldAtItsBeginningOnceAMinuteAndAtItsEnd() {
        for (int second = 0; second < 600; second++) {
            outage.failed("no", new SQLException("x", "HY000", 1114));
            nowMs += 1_000;
        }
        outage.over();
        assertThat(lines()).hasSize(11);
        assertThat(lines().get(0)).startsWith("no, trying again: its disk is full; make room there (error 1114)");
        assertThat(lines().get(9)).contains("60 failures");
        assertThat(lines().get(10)).isEqualTo("Loading again after 600 failures in 600 s");
    }

    @Test
    void failuresThatComeAndGo_areOneLineAMinuteAndOneEnd() {
        for (int i = 0; i < 5_000; i++) {
            outage.failed("no", new SQLException("x", "40001", 1213));
            outage.over();
            nowMs += 20;
        }
        // 100 seconds: two lines, each with its end.
        assertThat(lines()).hasSize(4);
        assertThat(lines().get(2)).contains("3000 failures");
    }

    @Test
    void clockThatSteppedBack_doesNotSilenceIt() {
        outage.failed("no", new SQLException("x", "40001", 1213));
        nowMs -= 7_200_000;
        outage.failed("no", new SQLException("x", "40001", 1213));
        assertThat(lines()).hasSize(2);
    }

    @Test
    void databaseMessage_onlyOfTheDatabaseAndAfterAWhile() {
        assertThat(outage.databaseMessage(0)).isNull();
        outage.failed("no", new IllegalStateException("the journal"));
        assertThat(outage.databaseMessage(0)).isNull();
        outage.over();
        outage.failed("no", new SQLException("x", "HY000", 1836));
        assertThat(outage.databaseMessage(10_000)).isNull();
        nowMs += 10_000;
        assertThat(outage.databaseMessage(10_000)).contains("read-only");
        outage.over();
        assertThat(outage.databaseMessage(0)).isNull();
        assertThat(outage.message()).isNull();
    }

    private List<String> lines() {
        return logged.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}

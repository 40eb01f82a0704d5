package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SqlIT {
    /** Many minutes of work. */
    private static final String SLOW = "SELECT BENCHMARK(4000000000, SHA2('x', 512)) AS n";

    /** Many rows, each at once, that take a minute and a half together. */
    private static final String DRIPPING = """
            SELECT SLEEP(0.1) AS n, REPEAT('x', 20000) AS filling
            FROM %1$s a CROSS JOIN %1$s b CROSS JOIN %1$s c
            """.formatted("(SELECT 1 AS n" + " UNION ALL SELECT 1".repeat(9) + ")");

    @Test
    @Timeout(60)
    void rowsThatTakeTooLong_areReadNoFurther() throws Exception {
        List<Long> found = new ArrayList<>();
        try (TestInstallation installation = TestInstallation.start("query_sql_rows", Instant.EPOCH)) {
            assertThatThrownBy(() -> Sql.inTransaction(installation.dataSource, Duration.ofSeconds(1), sql -> {
                        sql.each(DRIPPING, row -> found.add(row.getLong("n")));
                        return 0;
                    }))
                    .isInstanceOf(SQLTimeoutException.class);
            assertThat(installation.count("SELECT 7 AS n")).isEqualTo(7);
        }
        assertThat(found).isNotEmpty().hasSizeLessThan(500);
    }

    @Test
    void statementsThatTakeTooLong_areEnded_alsoTogether() {
        List<Long> found = new ArrayList<>();
        try (TestInstallation installation = TestInstallation.start("query_sql", Instant.EPOCH)) {
            assertThatThrownBy(() -> Sql.inTransaction(installation.dataSource, Duration.ofMillis(1), sql -> {
                        sql.each(SLOW, row -> found.add(row.getLong("n")));
                        return 0;
                    }))
                    .isInstanceOf(SQLTimeoutException.class);
            assertThatThrownBy(() -> Sql.inTransaction(installation.dataSource, Duration.ZERO, sql -> {
                        sql.each("SELECT 1 AS n", row -> found.add(row.getLong("n")));
                        return 0;
                    }))
                    .isInstanceOf(SQLTimeoutException.class);
        }
        assertThat(found).isEmpty();
    }
}

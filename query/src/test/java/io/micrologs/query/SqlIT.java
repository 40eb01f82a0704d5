package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SqlIT {
    /** Many minutes of work. */
    private static final String SLOW = "SELECT BENCHMARK(4000000000, SHA2('x', 512)) AS n";

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

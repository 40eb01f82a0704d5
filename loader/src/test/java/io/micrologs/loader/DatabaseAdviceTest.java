package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DatabaseAdviceTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1114|HY000|The table 'pageview' is full|disk is full",
                "1021|HY000|Disk full (/tmp/x)|disk is full",
                "3|HY000|Error writing file './binlog.1' (Errcode: 28)|disk is full",
                "1290|HY000|The MySQL server is running with the --super-read-only option|it is read-only",
                "1290|HY000|The MariaDB server is running with the --read-only option|it is read-only",
                "1836|HY000|Running in read-only mode|it is read-only",
                "1040|08004|Too many connections|max_connections",
                "1045|28000|Access denied for user 'x'|database.password",
                "1205|HY000|Lock wait timeout exceeded|SHOW PROCESSLIST",
                "1213|40001|Deadlock found|another transaction"
            })
    void knownError_saysWhatHelpsAndNotWhatTheServerSaid(int code, String state, String said, String advice) {
        String line = DatabaseAdvice.of(new RuntimeException("wrapped", new SQLException(said, state, code)));
        assertThat(line).contains(advice).endsWith("(error " + code + ")").doesNotContain(said);
    }

    @Test
    void anotherOptionOf1290_isNotReadOnly() {
        String said = "The MySQL server is running with the --secure-file-priv option";
        assertThat(DatabaseAdvice.of(new SQLException(said, "HY000", 1290))).isEqualTo(said);
    }

    @Test
    void nobodyListens_throughThePool_isSaidSo() {
        SQLException driver = new SQLException("Communications link failure\n\nThe last packet …", "08S01");
        driver.initCause(new ConnectException("Connection refused"));
        assertThat(DatabaseAdvice.of(new SQLTransientConnectionException("query - timed out", "08S01", driver)))
                .isEqualTo("nothing answers at its address, or not to the end; is it running? (Connection refused)");
    }

    @Test
    void unknownError_isItsFirstLine() {
        assertThat(DatabaseAdvice.of(new SQLException("One\nTwo", "HY000", 9999)))
                .isEqualTo("One");
    }
}

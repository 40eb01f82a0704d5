package io.micrologs.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class JdbcUrlsTest {
    @Test
    void complete_bareUrl_hasWhatBatchesNeed() {
        assertThat(JdbcUrls.complete("jdbc:mysql://db.example:3306/stats"))
                .startsWith("jdbc:mysql://db.example:3306/stats?useServerPrepStmts=false&")
                .contains("&rewriteBatchedStatements=true&")
                .contains("&connectionCollation=utf8mb4_bin&")
                .doesNotContain("allowLoadLocalInfile")
                .doesNotContain("allowPublicKeyRetrieval");
    }

    @Test
    void complete_ownParameters_winInAnyCase() {
        assertThat(JdbcUrls.complete("jdbc:mysql://h/s?SocketTimeout=1&sslMode=VERIFY_CA"))
                .startsWith("jdbc:mysql://h/s?SocketTimeout=1&sslMode=VERIFY_CA&")
                .doesNotContain("socketTimeout")
                .doesNotContain("PREFERRED");
    }

    @Test
    void complete_completeUrl_isUnchanged() {
        String once = JdbcUrls.complete("jdbc:mysql://127.0.0.1/s");
        assertThat(JdbcUrls.complete(once)).isEqualTo(once);
    }

    @Test
    void complete_emptyParameters_areNoParameters() {
        assertThat(JdbcUrls.complete("jdbc:mysql://h/s?")).isEqualTo(JdbcUrls.complete("jdbc:mysql://h/s"));
    }

    @Test
    void complete_mariadbUrl_isTheSameServer() {
        assertThat(JdbcUrls.complete("jdbc:mariadb://h:1/s")).isEqualTo(JdbcUrls.complete("jdbc:mysql://h:1/s"));
    }

    @Test
    void complete_loopback_mayAskForThePublicKey() {
        for (String host : new String[] {"localhost", "127.0.0.1:3306", "127.1.2.3", "[::1]:3306"}) {
            assertThat(JdbcUrls.complete("jdbc:mysql://" + host + "/s")).contains("allowPublicKeyRetrieval=true");
        }
        for (String host : new String[] {"localhost.example", "127.0.0.1.example", "10.127.0.0"}) {
            assertThat(JdbcUrls.complete("jdbc:mysql://" + host + "/s")).doesNotContain("allowPublicKeyRetrieval");
        }
    }

    @Test
    void completeForLoader_mayLoadFiles() {
        assertThat(JdbcUrls.completeForLoader("jdbc:mysql://h/s")).endsWith("&allowLoadLocalInfile=true");
        assertThat(JdbcUrls.completeForLoader("jdbc:mysql://h/s?allowLoadLocalInfile=false"))
                .doesNotContain("allowLoadLocalInfile=true");
    }

    @Test
    void complete_otherUrls_areRefused() {
        for (String url :
                new String[] {"jdbc:postgresql://h/s", "mysql://h/s", "", "jdbc:mysql://h", "jdbc:mysql://h/"}) {
            assertThatThrownBy(() -> JdbcUrls.complete(url)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}

package io.micrologs.query;

import static io.micrologs.query.TestInstallation.ADMIN_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.database.TestDatabase;
import io.micrologs.http.HttpConfig;
import io.micrologs.http.HttpServer;
import io.micrologs.http.Routes;
import io.micrologs.query.TestInstallation.Answer;
import io.micrologs.query.TestInstallation.TestProject;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The database killed under the API and brought back. */
class DatabaseDownIT {
    private TestInstallation installation;
    private TestProject project;

    @BeforeEach
    void start() throws Exception {
        installation = TestInstallation.start("query_down", Instant.parse("2026-03-20T15:00:00Z"));
        project = installation.project("Shop", ZoneOffset.UTC);
    }

    @AfterEach
    void restart() {
        TestDatabase.shared().start();
        installation.close();
    }

    @Test
    void killedDatabase_is503WithinSeconds_andAnswersAgainAfterItsReturn() throws Exception {
        assertThat(installation.analytics("visitors", project).status()).isEqualTo(200);
        TestDatabase.shared().kill();

        long started = System.nanoTime();
        for (Answer answer : atOnce(24, () -> installation.analytics("visitors", project))) {
            unavailable(answer);
        }
        // 24 requests for 8 workers that each wait 2 s for a connection.
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(20));
        unavailable(installation.get("/api/projects/list", "X-Admin-Key", ADMIN_KEY));
        unavailable(installation.post(
                "/api/projects/create",
                "{\"name\":\"A\",\"allowed_domains\":[\"a.example\"]}",
                "X-Admin-Key",
                ADMIN_KEY));
        // What needs no rows is still known: which key is whose.
        assertThat(installation
                        .get("/api/analytics/visitors", "X-API-Key", "nonsense")
                        .status())
                .isEqualTo(401);
        assertThat(installation
                        .post("/api/projects/verify", "{\"key\":\"" + project.publicKey() + "\"}")
                        .data()
                        .path("valid")
                        .booleanValue())
                .isTrue();

        TestDatabase.shared().start();
        Instant deadline = Instant.now().plusSeconds(30);
        Answer answer = installation.analytics("visitors", project);
        while (answer.status() != 200 && Instant.now().isBefore(deadline)) {
            answer = installation.analytics("visitors", project);
        }
        assertThat(answer.status()).isEqualTo(200);
        assertThat(installation
                        .get("/api/projects/list", "X-Admin-Key", ADMIN_KEY)
                        .data()
                        .path("count")
                        .intValue())
                .isOne();
    }

    @Test
    void databaseThatWasNeverThere_is503_notAWrongKey() throws Exception {
        QueryApi fresh = new QueryApi(
                new QueryConfig(Keys.sha256(ADMIN_KEY), ZoneOffset.UTC, null, QueryConfig.LINKS_MAX),
                installation.dataSource,
                installation.published::add,
                () -> installation.now);
        TestDatabase.shared().kill();
        Routes.Builder routes = Routes.builder();
        fresh.routes(routes);
        try (HttpServer server = HttpServer.start(HttpConfig.defaults("127.0.0.1", 0), routes.build())) {
            unavailable(
                    installation.getFrom(server.port(), "/api/analytics/visitors", "X-API-Key", project.secretKey()));
        }
    }

    private static void unavailable(Answer answer) {
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.json().path("success").booleanValue()).isFalse();
        assertThat(answer.message()).contains("database does not answer").contains("try again");
        assertThat(answer.json().has("data")).isFalse();
        assertThat(answer.response().headers().firstValue("retry-after")).contains("5");
    }

    private static List<Answer> atOnce(int requests, Callable<Answer> request) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(requests);
        try {
            List<Callable<Answer>> all = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                all.add(request);
            }
            List<Answer> answers = new ArrayList<>();
            for (Future<Answer> answer : threads.invokeAll(all)) {
                answers.add(answer.get());
            }
            return answers;
        } finally {
            threads.shutdownNow();
        }
    }
}

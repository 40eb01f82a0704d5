package io.micrologs.query;

import static io.micrologs.query.TestInstallation.ADMIN_KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.query.ControlSnapshot.ProjectKeys;
import io.micrologs.query.TestInstallation.Answer;
import io.micrologs.query.TestInstallation.TestProject;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProjectsIT {
    private static final ZoneId KOLKATA = ZoneId.of("Asia/Kolkata");

    private TestInstallation installation;

    @BeforeEach
    void start() {
        installation = TestInstallation.start("query_projects", Instant.parse("2026-03-20T20:00:00Z"), KOLKATA);
    }

    @AfterEach
    void close() {
        installation.close();
    }

    @Test
    void create_answersTheKeysOnce_andStoresOnlyTheSecretsHash() throws Exception {
        Answer answer = create(
                "{\"name\":\" Café/🐋 \",\"allowed_domains\":[\"HTTPS://Example.com/\",\"example.com\",7,\"b.example\"]}");
        assertThat(answer.status()).isEqualTo(200);
        JsonNode data = answer.data();
        String secret = data.path("secret_key").textValue();
        assertThat(answer.text())
                .isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"id\":1,\"name\":\"Café/🐋\","
                        + "\"allowed_domains\":[\"example.com\",\"b.example\"],\"secret_key\":\"" + secret
                        + "\",\"public_key\":\"" + data.path("public_key").textValue() + "\"}}");
        assertThat(secret).matches("[0-9a-f]{64}");
        assertThat(data.path("public_key").textValue()).matches("[0-9a-f]{32}");

        String stored = Sql.inTransaction(
                installation.dataSource,
                sql -> sql.one(
                        "SELECT CONCAT(name, allowed_domains, public_key, HEX(secret_key_hash), time_zone) AS a FROM project",
                        row -> row.getString("a")));
        assertThat(stored)
                .doesNotContain(secret)
                .contains(HexFormat.of().withUpperCase().formatHex(Keys.sha256(secret)))
                .contains("Asia/Kolkata");
        assertThat(list().text()).doesNotContain(secret).doesNotContain("secret");
    }

    @Test
    void create_isInForceBeforeItIsAnswered() throws Exception {
        JsonNode data =
                create("{\"name\":\"A\",\"allowed_domains\":[\"a.example\"]}").data();
        ControlSnapshot published = installation.published.get(installation.published.size() - 1);
        assertThat(published.version()).isEqualTo(installation.api.projects().version());
        ProjectKeys keys = published.projects().get(0);
        assertThat(keys.publicKey()).isEqualTo(data.path("public_key").textValue());
        assertThat(keys.secretKeySha256())
                .isEqualTo(Keys.sha256(data.path("secret_key").textValue()));
        assertThat(keys.allowedDomains()).containsExactly("a.example");
        assertThat(keys.zone()).isEqualTo(KOLKATA);
        assertThat(keys.active()).isTrue();
        Answer first = installation.get(
                "/api/analytics/visitors", "X-API-Key", data.path("secret_key").textValue());
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.data().path("range").path("to").textValue()).isEqualTo("2026-03-21 23:59:59");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | Invalid or missing JSON body",
                "{} | Invalid or missing JSON body",
                "[1] | Invalid or missing JSON body",
                "{\"name\": | Invalid or missing JSON body",
                "{\"a\":1} | name is required",
                "{\"name\":\" \",\"allowed_domains\":[\"a\"]} | name is required",
                "{\"name\":7,\"allowed_domains\":[\"a\"]} | name is required",
                "{\"name\":[\"A\"],\"allowed_domains\":[\"a\"]} | name is required",
                "{\"name\":\"A\"} | allowed_domains must be a non-empty array",
                "{\"name\":\"A\",\"allowed_domains\":[]} | allowed_domains must be a non-empty array",
                "{\"name\":\"A\",\"allowed_domains\":\"a\"} | allowed_domains must be a non-empty array",
                "{\"name\":\"A\",\"allowed_domains\":{\"a\":\"b\"}} | allowed_domains must be a non-empty array",
                "{\"name\":\"A\",\"allowed_domains\":[\"\",\" \",\"https://\",1,null]} | No valid domains provided"
            })
    void createWithBadBody_is400(String body, String message) throws Exception {
        Answer answer = create(body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).isEqualTo("{\"success\":false,\"message\":\"" + message + "\"}");
        assertThat(list().data().path("count").intValue()).isZero();
    }

    @Test
    void create_atTheLimits_isGood_andOnePastThemIs400() throws Exception {
        assertThat(create("{\"name\":\"" + "🐋".repeat(100) + "\",\"allowed_domains\":" + domains(20) + "}")
                        .status())
                .isEqualTo(200);
        assertThat(create("{\"name\":\"" + "🐋".repeat(101) + "\",\"allowed_domains\":" + domains(1) + "}")
                        .message())
                .isEqualTo("name must be 100 characters or less");
        assertThat(create("{\"name\":\"A\",\"allowed_domains\":" + domains(21) + "}")
                        .message())
                .isEqualTo("Maximum 20 allowed domains per project");
    }

    @Test
    void list_isNewestFirst_withTotals_inTheProjectsZone() throws Exception {
        TestProject first = installation.project("First", ZoneId.of("America/New_York"));
        installation.now = Instant.parse("2026-03-20T20:00:01Z");
        TestProject second = installation.project("Second", KOLKATA);
        installation.update(
                "INSERT INTO project_total (project_id, pageviews, error_events, audit_events) VALUES (?, ?, 5, 6)",
                first.id(),
                5_000_000_000L);
        LinkStore links =
                new LinkStore(new ControlStore(installation.dataSource, changed -> {}), () -> installation.now, 10);
        for (int i = 0; i < 3; i++) {
            links.create(first.id(), "https://a.example/", null);
        }
        links.delete(first.id(), links.list(first.id()).get(0).code());
        TestRows rows = new TestRows(installation);
        rows.group(first, "T", "a", null, null, 3, 1, 1);
        rows.group(first, "T", "b", null, null, 3, 1, 1);
        assertThat(list().data().toString())
                .isEqualTo("{\"count\":2,\"projects\":[" + "{\"id\":" + second.id()
                        + ",\"name\":\"Second\",\"public_key\":\"" + second.publicKey()
                        + "\",\"allowed_domains\":[\"example.com\"],\"is_active\":true,"
                        + "\"stats\":{\"total_links\":0,\"total_pageviews\":0,\"total_errors\":0},"
                        + "\"created_at\":\"2026-03-21 01:30:01\",\"updated_at\":\"2026-03-21 01:30:01\"},"
                        + "{\"id\":" + first.id() + ",\"name\":\"First\",\"public_key\":\"" + first.publicKey()
                        + "\",\"allowed_domains\":[\"example.com\"],\"is_active\":true,"
                        + "\"stats\":{\"total_links\":2,\"total_pageviews\":5000000000,\"total_errors\":2},"
                        + "\"created_at\":\"2026-03-20 16:00:00\",\"updated_at\":\"2026-03-20 16:00:00\"}]}");
    }

    @Test
    void verify_tellsKindNameAndDomains_ofAKeyInForce() throws Exception {
        TestProject project = installation.project("Shop", ZoneOffset.UTC);
        String rest = "\"project_name\":\"Shop\",\"allowed_domains\":[\"example.com\"]}";
        assertThat(verify("{\"key\":\"" + project.publicKey() + "\"}").data().toString())
                .isEqualTo("{\"valid\":true,\"key_type\":\"public\"," + rest);
        assertThat(verify("{\"key\":\"" + project.secretKey() + "\"}").data().toString())
                .isEqualTo("{\"valid\":true,\"key_type\":\"secret\"," + rest);
        assertThat(verify("{\"key\":\"nonsense\"}").text())
                .isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"valid\":false}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"key\":\"\"}",
                "{\"key\":\" \"}",
                "{\"key\":7}",
                "{\"key\":null}",
                "{\"a\":1}",
                "{\"key\":[\"x\"]}"
            })
    void verifyWithoutKey_is400(String body) throws Exception {
        assertThat(verify(body).status()).isEqualTo(400);
        assertThat(verify(body).message()).isEqualTo("key is required");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[]", "nonsense"})
    void verifyWithoutBody_is400(String body) throws Exception {
        assertThat(verify(body).message()).isEqualTo("Invalid or missing JSON body");
    }

    @Test
    void anotherProcessesChange_isInForceAfterARefresh_andOnlyThen() throws Exception {
        installation.api.projects().refreshIfChanged();
        ProjectStore elsewhere = new ProjectStore(installation.dataSource, () -> installation.now);
        ProjectStore.Created created = elsewhere.create("Elsewhere", List.of("e.example"), ZoneOffset.UTC);
        assertThat(verify("{\"key\":\"" + created.publicKey() + "\"}").data().toString())
                .isEqualTo("{\"valid\":false}");
        assertThat(installation.api.projects().refreshIfChanged()).isTrue();
        assertThat(verify("{\"key\":\"" + created.publicKey() + "\"}")
                        .data()
                        .path("valid")
                        .booleanValue())
                .isTrue();
        int published = installation.published.size();
        assertThat(installation.api.projects().refreshIfChanged()).isFalse();
        assertThat(installation.published).hasSize(published);
    }

    @Test
    void databaseThatWentBackToAnEarlierVersion_counts() throws Exception {
        TestProject project = installation.project("Later lost", ZoneOffset.UTC);
        installation.update("DELETE FROM project");
        installation.update("UPDATE control_version SET version = 1 WHERE one = 1");
        assertThat(installation.api.projects().refreshIfChanged()).isTrue();
        assertThat(verify("{\"key\":\"" + project.publicKey() + "\"}").data().toString())
                .isEqualTo("{\"valid\":false}");
    }

    @Test
    void manyCreatesAtOnce_arePublishedInOrder_andEachIsInForceWhenItReturns() throws Exception {
        ProjectStore projects = installation.api.projects();
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            List<Callable<Boolean>> creates = IntStream.range(0, 60)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        if (i % 5 == 0) {
                            projects.refreshIfChanged();
                        }
                        ProjectStore.Created created = projects.create("P" + i, List.of("p.example"), ZoneOffset.UTC);
                        return projects.keys().find(created.secretKey()) != null;
                    })
                    .toList();
            for (Future<Boolean> inForce : threads.invokeAll(creates)) {
                assertThat(inForce.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        List<Long> versions =
                installation.published.stream().map(ControlSnapshot::version).toList();
        assertThat(versions).isSorted().doesNotHaveDuplicates();
        assertThat(versions.get(versions.size() - 1)).isEqualTo(projects.version());
        assertThat(installation.published.get(versions.size() - 1).projects()).hasSize(60);
        assertThat(projects.read().version()).isEqualTo(projects.version());
    }

    @Test
    void publisherThatFails_leavesTheOldSnapshotInForce_untilTheNextRefresh() throws Exception {
        List<ControlSnapshot> accepted = new ArrayList<>();
        boolean[] broken = {false};
        ProjectStore store = new ProjectStore(installation.dataSource, () -> installation.now, snapshot -> {
            if (broken[0]) {
                throw new IllegalStateException("cannot be put in force");
            }
            accepted.add(snapshot);
        });
        store.refreshIfChanged();
        broken[0] = true;
        assertThatThrownBy(() -> store.create("A", List.of("a.example"), ZoneOffset.UTC))
                .hasMessage("cannot be put in force");
        broken[0] = false;
        assertThat(store.refreshIfChanged()).isTrue();
        assertThat(accepted.get(1).projects()).hasSize(1);
    }

    @Test
    void createInTheStore_refusesWhatTheContractRefuses() {
        ProjectStore store = installation.api.projects();
        assertThatThrownBy(() -> store.create(" ", List.of("a.example"), ZoneOffset.UTC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("name is required");
        assertThatThrownBy(() -> store.create("A", List.of(), ZoneOffset.UTC))
                .hasMessage("allowed_domains must be a non-empty array");
        assertThatThrownBy(() -> store.create("A", List.of("https://"), ZoneOffset.UTC))
                .hasMessage("No valid domains provided");
        assertThatThrownBy(() -> store.create("A", List.of("a.example", "exa mple.com"), ZoneOffset.UTC))
                .hasMessage("'exa mple.com' is no domain such as shop.example");
    }

    private Answer create(String body) throws Exception {
        return installation.post("/api/projects/create", body, "X-Admin-Key", ADMIN_KEY);
    }

    private Answer list() throws Exception {
        return installation.get("/api/projects/list", "X-Admin-Key", ADMIN_KEY);
    }

    private Answer verify(String body) throws Exception {
        return installation.post("/api/projects/verify", body);
    }

    private static String domains(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"d" + i + ".example\"")
                .collect(Collectors.joining(",", "[", "]"));
    }
}

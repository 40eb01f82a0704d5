package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.query.JournalCounts.Counted;
import io.micrologs.query.JournalCounts.Position;
import io.micrologs.query.TestInstallation.Answer;
import io.micrologs.query.TestInstallation.TestProject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What became of every event, per project; the journal's side is told by the test. */
class LedgerIT {
    private TestInstallation installation;
    private TestProject project;
    private TestProject other;
    private final AtomicReference<@Nullable Position> asked = new AtomicReference<>();
    private final AtomicReference<Map<Integer, Long>> outcomes = new AtomicReference<>(Map.of());
    private Counted counted = Counted.unknown("no journal");

    @BeforeEach
    void start() throws Exception {
        installation = TestInstallation.start("query_ledger", Instant.parse("2026-03-20T20:00:00Z"), (at, settled) -> {
            asked.set(at);
            outcomes.set(settled);
            return counted;
        });
        project = installation.project("Shop", ZoneOffset.UTC);
        other = installation.project("Other", ZoneOffset.UTC);
        count(project.id(), "stored", 10);
        count(project.id(), "repeat", 2);
        count(project.id(), "duplicate", 1);
        count(project.id(), "dead_letter", 3);
        count(project.id(), "refused_bad_field", 5);
        count(other.id(), "deleted", 4);
        count(0, "refused_bad_key", 6);
        count(0, "dead_letter", 1);
    }

    @AfterEach
    void close() {
        installation.close();
    }

    @Test
    void ownProject_withTheJournal_balances() throws Exception {
        installation.update("""
                INSERT INTO checkpoint (loader_id, journal_id, epoch, sequence, record_index, crc, received_ms, loaded_ms)
                VALUES (1, -7, 4294967295, 21, 22, 4294967294, 0, 0)
                """);
        counted = new Counted(Map.of(project.id(), 20L, other.id(), 4L, 0, 1L), Map.of(project.id(), 4L), null);
        assertThat(get("X-API-Key", project.secretKey()).text())
                .isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"projects\":[{\"id\":" + project.id()
                        + ",\"accepted\":20,\"stored\":10,\"dropped\":{\"repeat\":2,\"duplicate\":1,\"deleted\":0},"
                        + "\"dead_lettered\":3,\"pending\":4,\"refused\":{\"bad_field\":5},\"balances\":true}],"
                        + "\"balances\":true,\"counted\":true}}");
        assertThat(asked.get()).isEqualTo(new Position(-7, -1, 21, 22, -2));
        assertThat(outcomes.get()).containsExactlyInAnyOrderEntriesOf(Map.of(project.id(), 16L, other.id(), 4L, 0, 1L));
    }

    @Test
    void administrator_seesAllProjects_deletedOnesAndNone() throws Exception {
        installation.update("UPDATE project SET deleted_ms = 1 WHERE project_id = ?", other.id());
        counted = new Counted(Map.of(project.id(), 20L, other.id(), 5L, 0, 1L), Map.of(project.id(), 4L), null);
        Answer answer = get("X-Admin-Key", TestInstallation.ADMIN_KEY);
        assertThat(answer.data().path("projects").findValuesAsText("id"))
                .containsExactly("0", "" + project.id(), "" + other.id());
        assertThat(answer.data().path("projects").path(0).toString())
                .isEqualTo(
                        "{\"id\":0,\"accepted\":1,\"stored\":0,\"dropped\":{\"repeat\":0,\"duplicate\":0,\"deleted\":0},"
                                + "\"dead_lettered\":1,\"pending\":0,\"refused\":{\"bad_key\":6},\"balances\":true}");
        assertThat(answer.data().path("projects").path(2).path("balances").booleanValue())
                .isFalse();
        assertThat(answer.data().path("balances").booleanValue()).isFalse();
    }

    @Test
    void withoutJournal_whatItKnowsIsNull_andANoteSaysWhy() throws Exception {
        Answer answer = get("X-API-Key", other.secretKey());
        assertThat(answer.json().path("meta").toString()).isEqualTo("{\"note\":\"no journal\"}");
        assertThat(answer.data().toString())
                .isEqualTo(
                        "{\"projects\":[{\"id\":" + other.id()
                                + ",\"accepted\":null,\"stored\":0,\"dropped\":{\"repeat\":0,\"duplicate\":0,\"deleted\":4},"
                                + "\"dead_lettered\":0,\"pending\":null,\"refused\":{},\"balances\":null}],\"balances\":null,\"counted\":true}");
        assertThat(asked.get()).isNull();
    }

    @Test
    void keysAndMethod_areChecked() throws Exception {
        refused(installation.get("/api/v1/ledger"), 401, "API key is required");
        refused(get("X-API-Key", project.publicKey()), 401, "Invalid API key");
        for (String key : List.of("", "wrong", project.secretKey())) {
            refused(get("X-Admin-Key", key), 401, "Unauthorized");
        }
        refused(installation.method("POST", "/api/v1/ledger"), 405, "Method not allowed");
    }

    private void count(int projectId, String outcome, long events) throws Exception {
        installation.update(
                "INSERT INTO ledger (loader_id, project_id, outcome, events) VALUES (1, ?, ?, ?)",
                projectId,
                outcome,
                events);
    }

    private Answer get(String header, String key) throws Exception {
        return installation.get("/api/v1/ledger", header, key);
    }

    private static void refused(Answer answer, int status, String message) {
        assertThat(answer.text()).isEqualTo("{\"success\":false,\"message\":\"" + message + "\"}");
        assertThat(answer.status()).isEqualTo(status);
    }
}

package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.query.TestInstallation.Answer;
import io.micrologs.query.TestInstallation.TestProject;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A project's tracked links, beside those of another. */
class LinksIT {
    private static TestInstallation installation;
    private TestProject project;
    private TestProject other;

    @BeforeAll
    static void start() {
        installation = TestInstallation.start("query_links", Instant.parse("2026-03-20T20:00:00Z"));
    }

    @AfterAll
    static void close() {
        installation.close();
    }

    @BeforeEach
    void projects() throws Exception {
        project = installation.project("Shop", ZoneId.of("Asia/Kolkata"));
        other = installation.project("Other", ZoneOffset.UTC);
    }

    @Test
    void create_answersTheLink_whichIsInForce() throws Exception {
        Answer answer =
                post("create", "{\"destination_url\":\" https://Example.com/a?b=c#d \",\"label\":\" Spring \"}");
        String code = answer.data().path("code").textValue();
        assertThat(code).matches("[A-Za-z0-9]{8}");
        assertThat(answer.text())
                .isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"code\":\"" + code + "\",\"short_url\":\""
                        + base(answer) + "/api/redirect.php?c=" + code
                        + "\",\"destination_url\":\"https://Example.com/a?b=c#d\",\"label\":\"Spring\"}}");
        ControlSnapshot.Link link = inForce(code);
        assertThat(link.destinationUrl()).isEqualTo("https://Example.com/a?b=c#d");
        assertThat(link.projectId()).isEqualTo(project.id());
        assertThat(link.active()).isTrue();
        assertThat(create("https://example.com/").length()).isEqualTo(8);
    }

    @Test
    void withoutLabel_itIsNull_andALongOneIsCutByWholeCharacters() throws Exception {
        for (String label : List.of("", ",\"label\":null", ",\"label\":\"  \"")) {
            Answer answer = post("create", "{\"destination_url\":\"https://example.com/\"" + label + "}");
            assertThat(answer.data().path("label").isNull()).isTrue();
        }
        Answer answer =
                post("create", "{\"destination_url\":\"https://a.example\",\"label\":\"" + "🐋".repeat(256) + "\"}");
        assertThat(answer.data().path("label").textValue()).isEqualTo("🐋".repeat(255));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"label\":\"x\"} | destination_url is required",
                "{\"destination_url\":\" \"} | destination_url is required",
                "{\"destination_url\":null} | destination_url is required",
                "{\"destination_url\":7} | destination_url is not a valid URL",
                "{\"destination_url\":[\"https://a.example\"]} | destination_url is not a valid URL",
                "{\"destination_url\":\"a.example\"} | destination_url is not a valid URL",
                "{\"destination_url\":\"https://a.example\",\"label\":7} | label must be a string",
                "{\"destination_url\":\"https://a.example\",\"label\":[]} | label must be a string",
                "{\"destination_url\":\"https://a.example\",\"label\":\"a\\u0000\"} | label contains a NUL character",
                "{\"destination_url\":\"https://a.example\",\"label\":\"\\ud83d\"} | label contains half a surrogate pair",
                "{\"destination_url\":\"https://a.example/\\u0000\"} | destination_url contains a NUL character",
                "{\"destination_url\":\"https://a.example/\\udc0b\"} | destination_url contains half a surrogate pair",
                "{\"destination_url\":\"https://a.example\",\"label\":1e400} | label must be a string",
                "{} | Invalid or missing JSON body",
                "[] | Invalid or missing JSON body",
                "'' | Invalid or missing JSON body",
                "{\"destination_url\": | Invalid or missing JSON body"
            })
    void createWithBadFields_is400(String body, String message) throws Exception {
        refused(post("create", body), 400, message);
        assertThat(get("list", project).data().path("count").intValue()).isZero();
    }

    @Test
    void list_isTheProjectsOwn_newestFirst_withItsClicks() throws Exception {
        String first = create("https://one.example/");
        String second = create("https://two.example/");
        String foreign = create(other, "https://other.example/");
        installation.update(
                "INSERT INTO link_total (project_id, link_id, clicks) VALUES (?, ?, 5000000000)",
                project.id(),
                inForce(first).id());
        Answer list = get("list", project);
        String base = base(list) + "/api/redirect.php?c=";
        assertThat(list.data().toString())
                .isEqualTo("{\"count\":2,\"links\":["
                        + shown(second, base, "https://two.example/", 0) + ","
                        + shown(first, base, "https://one.example/", 5_000_000_000L) + "]}");
        assertThat(get("detail?code=" + first, project).data().toString())
                .isEqualTo(shown(first, base, "https://one.example/", 5_000_000_000L));
        assertThat(get("list", other).data().path("links").findValuesAsText("code"))
                .containsExactly(foreign);
    }

    @Test
    void edit_changesWhatIsGiven_andIsInForce() throws Exception {
        String code = create("https://one.example/");
        Answer answer = post("edit", "{\"code\":\"" + code + "\",\"label\":\"L\",\"is_active\":false}");
        assertThat(answer.data().toString())
                .isEqualTo(
                        "{\"id\":" + inForce(code).id() + ",\"code\":\"" + code + "\",\"short_url\":\"" + base(answer)
                                + "/api/redirect.php?c=" + code
                                + "\",\"destination_url\":\"https://one.example/\",\"label\":\"L\",\"is_active\":false,"
                                + "\"created_at\":\"2026-03-21 01:30:00\"}");
        assertThat(inForce(code).active()).isFalse();
        post("edit", "{\"code\":\"" + code + "\",\"destination_url\":\"http://new.example/\",\"label\":null}");
        assertThat(inForce(code).destinationUrl()).isEqualTo("http://new.example/");
        assertThat(inForce(code).active()).isFalse();
        assertThat(get("detail?code=" + code, project).data().path("label").isNull())
                .isTrue();
        assertThat(installation.api.projects().read())
                .usingRecursiveComparison()
                .isEqualTo(installation.published.get(installation.published.size() - 1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":1} | code is required",
                "{\"code\":7,\"label\":\"x\"} | code is required",
                "{\"code\":\"\"} | code is required",
                "{\"code\":\"%s\"} | Nothing to update. Provide destination_url, label, or is_active.",
                "{\"code\":\"%s\",\"destination_url\":\" \"} | destination_url cannot be empty",
                "{\"code\":\"%s\",\"destination_url\":null} | destination_url cannot be empty",
                "{\"code\":\"%s\",\"destination_url\":\"ftp://a.example\"} | destination_url is not a valid URL",
                "{\"code\":\"%s\",\"destination_url\":false} | destination_url is not a valid URL",
                "{\"code\":\"%s\",\"label\":7} | label must be a string",
                "{\"code\":\"%s\",\"is_active\":1} | is_active must be a boolean",
                "{\"code\":\"%s\",\"is_active\":\"true\"} | is_active must be a boolean",
                "{\"code\":\"%s\",\"label\":\"x\",\"is_active\":null} | is_active must be a boolean",
                "[] | Invalid or missing JSON body"
            })
    void editWithBadFields_is400_andChangesNothing(String body, String message) throws Exception {
        String code = create("https://one.example/");
        String before = get("list", project).text();
        refused(post("edit", body.replace("%s", code)), 400, message);
        assertThat(get("list", project).text()).isEqualTo(before);
    }

    @Test
    void delete_takesTheLinkOutOfForce() throws Exception {
        String code = create("https://one.example/");
        String stays = create("https://two.example/");
        assertThat(post("delete", "{\"code\":\"" + code + "\"}").text())
                .isEqualTo("{\"success\":true,\"message\":\"OK\",\"data\":{\"code\":\"" + code + "\"}}");
        assertThat(codesInForce()).doesNotContain(code).contains(stays);
        assertThat(get("list", project).data().path("links").findValuesAsText("code"))
                .containsExactly(stays);
        refused(get("detail?code=" + code, project), 404, "Link not found");
        refused(post("delete", "{\"code\":\"" + code + "\"}"), 404, "Link not found");
        refused(post("edit", "{\"code\":\"" + code + "\",\"label\":\"x\"}"), 404, "Link not found");
    }

    @Test
    void anotherProjectsLink_isNotFound_andStaysAsItIs() throws Exception {
        String foreign = create(other, "https://other.example/");
        String before = get("list", other).text();
        refused(get("detail?code=" + foreign, project), 404, "Link not found");
        refused(post("edit", "{\"code\":\"" + foreign + "\",\"is_active\":\"x\"}"), 404, "Link not found");
        refused(post("edit", "{\"code\":\"" + foreign + "\",\"is_active\":false}"), 404, "Link not found");
        refused(post("delete", "{\"code\":\"" + foreign + "\"}"), 404, "Link not found");
        assertThat(get("list", other).text()).isEqualTo(before);
        assertThat(inForce(foreign).active()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?code=", "?code=%20", "?codes=x"})
    void detailWithoutCode_is400(String query) throws Exception {
        refused(get("detail" + query, project), 400, "code query parameter is required");
    }

    @ParameterizedTest
    @ValueSource(strings = {"AAAAAAA", "AAAAAAAAA", "'%20OR%201=1", "%F0%9F%90%8B", "AAAAAAA%20"})
    void detailOfNoCode_is404(String code) throws Exception {
        refused(get("detail?code=" + code, project), 404, "Link not found");
    }

    @Test
    void keysAndMethods_areCheckedBeforeTheBody() throws Exception {
        for (String name : List.of("create", "edit", "delete", "list", "detail")) {
            boolean get = name.equals("list") || name.equals("detail");
            String path = "/api/links/" + name;
            for (String php : List.of("", ".php")) {
                refused(call(get, path + php), 401, "API key is required");
                refused(call(get, path + php, "X-API-Key", ""), 401, "API key is required");
                for (String key : List.of(project.publicKey(), "0".repeat(64), TestInstallation.ADMIN_KEY)) {
                    refused(call(get, path + php, "X-API-Key", key), 401, "Invalid API key");
                }
                refused(installation.method(get ? "POST" : "GET", path + php), 405, "Method not allowed");
            }
        }
    }

    @Test
    void codeThatIsTaken_isDrawnAgain_alsoWhenItsLinkWasDeleted() throws Exception {
        List<String> draws = List.of("AAAAAAAA", "AAAAAAAA", "BBBBBBBB", "AAAAAAAA", "BBBBBBBB", "CCCCCCCC");
        Iterator<String> codes = draws.iterator();
        LinkStore store = store(100, codes::next);
        assertThat(store.create(project.id(), "https://a.example", null).link())
                .extracting(LinkStore.Stored::code)
                .isEqualTo("AAAAAAAA");
        assertThat(store.create(project.id(), "https://a.example", null).link())
                .extracting(LinkStore.Stored::code)
                .isEqualTo("BBBBBBBB");
        assertThat(store.delete(project.id(), "BBBBBBBB")).isPresent();
        assertThat(store.create(other.id(), "https://a.example", null).link())
                .extracting(LinkStore.Stored::code)
                .isEqualTo("CCCCCCCC");
    }

    @Test
    void installationThatIsFull_refusesOneMore_untilOneIsDeleted() throws Exception {
        long links = installation.api.projects().read().links().size();
        QueryConfig config = new QueryConfig(
                Keys.sha256(TestInstallation.ADMIN_KEY), ZoneOffset.UTC, "https://s.example/", (int) links + 2);
        try (TestInstallation.Second second = installation.second(config)) {
            List<String> codes = new ArrayList<>();
            for (TestProject owner : List.of(project, other)) {
                Answer made = second.post("/api/links/create", "{\"destination_url\":\"https://a.example\"}", owner);
                codes.add(made.data().path("code").textValue());
                assertThat(made.data().path("short_url").textValue())
                        .isEqualTo("https://s.example/api/redirect.php?c=" + codes.get(codes.size() - 1));
            }
            refused(
                    second.post("/api/links/create", "{\"destination_url\":\"https://a.example\"}", project),
                    409,
                    "This installation has as many links as it may: " + (links + 2)
                            + ". Delete some, or set links.max higher");
            second.post("/api/links/delete", "{\"code\":\"" + codes.get(1) + "\"}", other);
            assertThat(second.post("/api/links/create", "{\"destination_url\":\"https://a.example\"}", project)
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void createForAProjectThatIsDeletedMeanwhile_is401() throws Exception {
        ProjectStore elsewhere = new ProjectStore(installation.dataSource, () -> installation.now, changed -> {});
        elsewhere.delete(other.id(), "Other");
        Answer answer = installation.post(
                "/api/links/create", "{\"destination_url\":\"https://a.example\"}", "X-API-Key", other.secretKey());
        refused(answer, 401, "Invalid API key");
    }

    @Test
    void manyChangesAtOnce_leaveInForceWhatTheDatabaseHolds() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            List<Callable<String>> changes = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                TestProject owner = i % 2 == 0 ? project : other;
                changes.add(() -> create(owner, "https://a.example/"));
            }
            List<String> codes = new ArrayList<>();
            for (Future<String> code : threads.invokeAll(changes)) {
                codes.add(code.get());
            }
            assertThat(codes).doesNotHaveDuplicates();
            assertThat(codesInForce()).containsAll(codes);
        } finally {
            threads.shutdownNow();
        }
        assertThat(installation.published.get(installation.published.size() - 1))
                .usingRecursiveComparison()
                .isEqualTo(installation.api.projects().read());
    }

    private LinkStore store(int linksMax, java.util.function.Supplier<String> codes) {
        return new LinkStore(
                new ControlStore(installation.dataSource, changed -> {}), () -> installation.now, linksMax, codes);
    }

    private static String shown(String code, String base, String destination, long clicks) {
        return "{\"id\":" + inForce(code).id() + ",\"code\":\"" + code + "\",\"short_url\":\"" + base + code
                + "\",\"destination_url\":\"" + destination
                + "\",\"label\":null,\"is_active\":true,\"total_clicks\":" + clicks
                + ",\"created_at\":\"2026-03-21 01:30:00\"}";
    }

    private static String base(Answer answer) {
        return "http://127.0.0.1:" + answer.response().uri().getPort();
    }

    private String create(String destination) throws Exception {
        return create(project, destination);
    }

    private static String create(TestProject owner, String destination) throws Exception {
        return installation
                .post(
                        "/api/links/create",
                        "{\"destination_url\":\"" + destination + "\"}",
                        "X-API-Key",
                        owner.secretKey())
                .data()
                .path("code")
                .textValue();
    }

    private Answer post(String name, String body) throws Exception {
        return installation.post("/api/links/" + name, body, "X-API-Key", project.secretKey());
    }

    private static Answer get(String nameAndQuery, TestProject owner) throws Exception {
        return installation.get("/api/links/" + nameAndQuery, "X-API-Key", owner.secretKey());
    }

    private static Answer call(boolean get, String path, String... headers) throws Exception {
        return get ? installation.get(path, headers) : installation.post(path, "nonsense", headers);
    }

    private static ControlSnapshot.Link inForce(String code) {
        return links().stream()
                .filter(link -> link.code().equals(code))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> codesInForce() {
        return links().stream().map(ControlSnapshot.Link::code).toList();
    }

    private static List<ControlSnapshot.Link> links() {
        return installation.published.get(installation.published.size() - 1).links();
    }

    private static void refused(Answer answer, int status, String message) {
        JsonNode json = answer.json();
        assertThat(json.toString()).isEqualTo("{\"success\":false,\"message\":\"" + message + "\"}");
        assertThat(answer.status()).isEqualTo(status);
    }
}

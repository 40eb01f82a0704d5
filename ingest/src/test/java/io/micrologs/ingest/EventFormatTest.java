package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.ingest.Parsed.Claim;
import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.Pageview;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** The formats against the contract's table read as plainly as it can be: field by field, on a map. */
class EventFormatTest {
    /** A JSON value: how it is written, and its text when it is a string. */
    record Json(String written, String text) {
        static Json string(String text) {
            StringBuilder out = new StringBuilder("\"");
            text.chars().forEach(c -> {
                if (c == '"' || c == '\\') {
                    out.append('\\').append((char) c);
                } else if (c < ' ') {
                    out.append(String.format("\\u%04x", c));
                } else {
                    out.append((char) c);
                }
            });
            return new Json(out.append('"').toString(), text);
        }

        boolean isNull() {
            return written.equals("null");
        }
    }

    private static final Map<String, Integer> PAGEVIEW_TEXTS = Map.of(
            "url",
            2_048,
            "visitor_id",
            256,
            "session_token",
            256,
            "page_title",
            512,
            "referrer",
            2_048,
            "fingerprint",
            256,
            "screen_resolution",
            20,
            "timezone",
            100,
            "event_id",
            1 << 20);
    private static final Map<String, Integer> ERROR_TEXTS = Map.of(
            "message",
            1_024,
            "error_type",
            100,
            "file",
            512,
            "stack",
            65_535,
            "url",
            2_048,
            "visitor_id",
            256,
            "session_token",
            256,
            "event_id",
            1 << 20);
    private static final Map<String, Integer> AUDIT_TEXTS =
            Map.of("action", 100, "visitor_id", 256, "session_token", 256, "event_id", 1 << 20);

    private final JsonBody json = new JsonBody();

    @Property(tries = 400)
    void pageview_isWhatTheTableSays(@ForAll("pageviews") Map<String, Json> fields) {
        Parsed parsed = parse(EventFormat::pageview, fields);
        String fault = typeFault(fields, PAGEVIEW_TEXTS.keySet());
        String url = text(fields, "url", 2_048).strip();
        String visitor = text(fields, "visitor_id", 256);
        String session = text(fields, "session_token", 256);
        if (fault == null && (url.isEmpty() || visitor.isBlank() || session.isBlank())) {
            fault = "url, visitor_id and session_token are required";
        }
        fault = fault == null ? eventIdFault(fields) : fault;
        if (fault != null) {
            assertRejected(parsed, fault);
            return;
        }
        assertThat(parsed)
                .isEqualTo(new Claim(
                        orNull(text(fields, "event_id", 64)),
                        visitor,
                        session,
                        orNull(text(fields, "fingerprint", 256)),
                        new Pageview(
                                cut(fields.get("url").text().strip(), 2_048),
                                orNull(text(fields, "page_title", 512)),
                                orNull(text(fields, "referrer", 2_048)),
                                0,
                                orNull(text(fields, "screen_resolution", 20)),
                                orNull(text(fields, "timezone", 100)))));
    }

    @Property(tries = 400)
    void error_isWhatTheTableSays(@ForAll("errors") Map<String, Json> fields) {
        Parsed parsed = parse(EventFormat::error, fields);
        String fault = typeFault(fields, ERROR_TEXTS.keySet());
        if (fault == null && text(fields, "message", 1_024).isBlank()) {
            fault = "message is required";
        }
        fault = fault == null ? eventIdFault(fields) : fault;
        if (fault != null) {
            assertRejected(parsed, fault);
            return;
        }
        ErrorEvent event = (ErrorEvent) ((Claim) parsed).event();
        String type = text(fields, "error_type", 100);
        assertThat(event.type()).isEqualTo(type.isEmpty() ? "Unknown" : type);
        assertThat(event.message()).isEqualTo(text(fields, "message", 1_024));
        assertThat(event.file()).isEqualTo(orNull(text(fields, "file", 512)));
        assertThat(event.stack()).isEqualTo(orNull(text(fields, "stack", 65_535)));
        assertThat(event.severity().name().toLowerCase(Locale.ROOT))
                .isEqualTo(oneOf(fields, "severity", List.of("info", "warning", "error", "critical"), "error"));
        assertThat(event.environment().name().toLowerCase(Locale.ROOT))
                .isEqualTo(oneOf(fields, "environment", List.of("production", "staging", "development"), "production"));
    }

    @Property(tries = 400)
    void audit_isWhatTheTableSays(@ForAll("audits") Map<String, Json> fields) {
        Parsed parsed = parse(EventFormat::audit, fields);
        String fault = typeFault(fields, AUDIT_TEXTS.keySet());
        if (fault == null && text(fields, "action", 100).isBlank()) {
            fault = "action is required";
        }
        fault = fault == null ? eventIdFault(fields) : fault;
        if (fault != null) {
            assertRejected(parsed, fault);
            return;
        }
        assertThat(((AuditEvent) ((Claim) parsed).event()).action()).isEqualTo(text(fields, "action", 100));
    }

    @Property(tries = 400)
    void anyBytes_giveAnAnswer(@ForAll byte[] bytes) {
        json.open(bytes, bytes.length);
        Parsed parsed = EventFormat.error(json);
        assertThat(parsed).isInstanceOf(Rejection.class);
        assertThat(json.close()).isNotNull();
    }

    @Property(tries = 400)
    void damagedBody_neverThrows(@ForAll("errors") Map<String, Json> fields, @ForAll int at, @ForAll byte with) {
        byte[] body = write(fields).getBytes(StandardCharsets.UTF_8);
        body[Math.floorMod(at, body.length)] = with;
        json.open(body, body.length);
        Parsed parsed = EventFormat.error(json);
        Rejection fault = json.close();
        assertThat(fault != null || parsed != null).isTrue();
    }

    @Property
    void cut_keepsWholeCharacters(@ForAll String text, @ForAll @IntRange(max = 40) int max) {
        String cut = Text.cut(text, max);
        assertThat(text).startsWith(cut);
        assertThat(cut.codePoints().toArray())
                .isEqualTo(text.codePoints().limit(max).toArray());
    }

    // ---- bodies

    @Provide
    Arbitrary<Map<String, Json>> pageviews() {
        return bodies(PAGEVIEW_TEXTS);
    }

    @Provide
    Arbitrary<Map<String, Json>> errors() {
        return bodies(ERROR_TEXTS)
                .flatMap(fields -> Arbitraries.of("info", "warning", "critical", "error", "staging", "development", "x")
                        .map(word -> {
                            Map<String, Json> more = new LinkedHashMap<>(fields);
                            more.put("severity", word.equals("x") ? new Json("[]", null) : Json.string(word));
                            more.put("environment", Json.string(word));
                            return more;
                        }));
    }

    @Provide
    Arbitrary<Map<String, Json>> audits() {
        return bodies(AUDIT_TEXTS);
    }

    /** Mostly good values, with texts around the limits, and now and then another type. */
    private static Arbitrary<Map<String, Json>> bodies(Map<String, Integer> limits) {
        Arbitrary<Json> good = Arbitraries.strings()
                .withChars("aZ9 -_/ä\"\\\n漢")
                .ofMinLength(1)
                .ofMaxLength(30)
                .map(Json::string);
        Arbitrary<Json> eventIds = Arbitraries.strings()
                .withChars("aZ9-_")
                .ofMinLength(1)
                .ofMaxLength(70)
                .map(Json::string);
        Arbitrary<Json> odd = Arbitraries.of(
                new Json("null", null),
                new Json("1", null),
                new Json("true", null),
                new Json("[\"a\"]", null),
                new Json("{\"a\":1}", null),
                Json.string(""),
                Json.string("  "));
        List<String> names = limits.keySet().stream().sorted().toList();
        return Arbitraries.integers()
                .between(0, 30)
                .list()
                .ofSize(names.size())
                .flatMap(dice -> good.list()
                        .ofSize(names.size())
                        .flatMap(goods -> eventIds.flatMap(id -> odd.map(strange -> {
                            Map<String, Json> fields = new LinkedHashMap<>();
                            fields.put("unknown", new Json("{\"a\":[1,2.5,\"x\"]}", null));
                            for (int i = 0; i < names.size(); i++) {
                                String name = names.get(i);
                                int limit = limits.get(name);
                                if (dice.get(i) == 0) {
                                    fields.put(name, strange);
                                } else if (dice.get(i) == 1 && limit < 3_000) {
                                    fields.put(
                                            name,
                                            Json.string("😀"
                                                    .repeat(limit
                                                            + goods.get(i)
                                                                            .text()
                                                                            .length()
                                                                    % 3
                                                            - 1)));
                                } else if (dice.get(i) != 2) {
                                    fields.put(name, name.equals("event_id") ? id : goods.get(i));
                                }
                            }
                            return fields;
                        }))));
    }

    // ---- the reference

    private Parsed parse(EventFormat format, Map<String, Json> fields) {
        byte[] body = write(fields).getBytes(StandardCharsets.UTF_8);
        json.open(body, body.length);
        Parsed parsed = format.parse(json);
        Rejection fault = json.close();
        return fault == null ? parsed : fault;
    }

    private static String write(Map<String, Json> fields) {
        StringBuilder out = new StringBuilder("{");
        fields.forEach((name, value) -> {
            out.append(out.length() == 1 ? " " : " , ");
            out.append('"').append(name).append("\" :\t").append(value.written());
        });
        return out.append("}\r\n").toString();
    }

    private static String typeFault(Map<String, Json> fields, Set<String> texts) {
        for (Map.Entry<String, Json> field : fields.entrySet()) {
            Json value = field.getValue();
            if (texts.contains(field.getKey()) && value.text() == null && !value.isNull()) {
                return field.getKey() + " must be text";
            }
        }
        return null;
    }

    private static String eventIdFault(Map<String, Json> fields) {
        Json id = fields.get("event_id");
        return id == null || id.isNull() || id.text().matches("[A-Za-z0-9_-]{1,64}")
                ? null
                : "event_id must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -";
    }

    private static String oneOf(Map<String, Json> fields, String name, List<String> known, String otherwise) {
        Json value = fields.get(name);
        return value != null && value.text() != null && known.contains(value.text()) ? value.text() : otherwise;
    }

    private static String text(Map<String, Json> fields, String name, int max) {
        Json value = fields.get(name);
        return value == null || value.text() == null ? "" : cut(value.text(), max);
    }

    private static String cut(String text, int max) {
        return text.codePoints()
                .limit(max)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static void assertRejected(Parsed parsed, String message) {
        assertThat(parsed).isInstanceOf(Rejection.class);
        assertThat(new String(((Rejection) parsed).reply().body(), StandardCharsets.UTF_8))
                .isEqualTo("{\"success\":false,\"message\":\"" + message + "\"}");
        assertThat(((Rejection) parsed).reply().status()).isEqualTo(400);
    }
}

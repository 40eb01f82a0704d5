package io.micrologs.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.http.Reply;
import io.micrologs.query.engine.Forced;
import io.micrologs.query.engine.RefusedException;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private record Sample(String pageTitle, @Nullable String countryCode, double newPct) {}

    @Test
    void ok_isTheEnvelope_withSnakeCaseKeysAndNulls() {
        assertThat(text(Json.ok(new Sample("Home", null, 12.5))))
                .isEqualTo("{\"success\":true,\"message\":\"OK\","
                        + "\"data\":{\"page_title\":\"Home\",\"country_code\":null,\"new_pct\":12.5}}");
    }

    @Test
    void ok_escapesNeitherSlashesNorNonAscii() {
        String weird = "</script> a/b é שלום \u202E 🐋 \u2028";
        assertThat(text(Json.ok(List.of(weird)))).contains("[\"" + weird + "\"]");
    }

    @Test
    void refusal_isTheAskersFault_orOfTheMoment() {
        Reply refused = Json.refusal(new RefusedException("no such metric"));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(text(refused)).isEqualTo("{\"success\":false,\"message\":\"no such metric\"}");
        assertThat(Json.refusal(Forced.refusedForNow("later")).status()).isEqualTo(503);
    }

    @Test
    void failure_hasNoData() {
        Reply reply = Json.failure(400, "'from' must be before 'to'");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(text(reply)).isEqualTo("{\"success\":false,\"message\":\"'from' must be before 'to'\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "{}", "[]", "[1]", "null", "1", "\"a\"", "{\"a\":1", "{\"a\":1} x", "{a:1}", "{'a':1}"})
    void objectOfWhatIsNoFilledObject_isNull(String body) {
        assertThat(Json.object(body.getBytes(UTF_8))).isNull();
    }

    @Test
    void objectOfBytesThatAreNotUtf8_isNull() {
        assertThat(Json.object(new byte[] {'{', '"', 'a', '"', ':', '"', (byte) 0xC3, '"', '}'}))
                .isNull();
    }

    @Test
    void objectThatNestsTooDeep_isNull() {
        assertThat(Json.object(("{\"a\":" + "[".repeat(20_000) + "]".repeat(20_000) + "}").getBytes(UTF_8)))
                .isNull();
    }

    @Test
    void object_isRead() {
        assertThat(Json.object(" {\"key\":\"é\"} ".getBytes(UTF_8)).get("key").textValue())
                .isEqualTo("é");
    }

    @Test
    void context_keepsNumbersAndOrder_andDropsNeedlessEscapes() {
        String stored =
                "{ \"b\" : 1.10, \"a\":12345678901234567890123, \"u\":\"a\\/b \\u00e9 \\ud83d\\udc0b\", \"e\":1E400}";
        assertThat(context(stored))
                .isEqualTo("{\"b\":1.10,\"a\":12345678901234567890123,\"u\":\"a/b é 🐋\",\"e\":1E+400}");
    }

    @Test
    void contextAsDeepAsItsBytesAllow_isCopied() {
        String deep = "[".repeat(4_096) + "]".repeat(4_096);
        assertThat(context(deep)).isEqualTo(deep);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":", "{\"a\":}", "nonsense", "{\"a\":1}}"})
    void contextThatIsNotJson_isNull_soThatTheAnswerIsStillJson(String stored) {
        assertThat(Json.context(stored)).isNull();
    }

    @Property
    void anyTextList_comesBack(@ForAll List<String> texts) {
        List<String> whole = texts.stream().map(ProjectFields::name).toList();
        assertThat(Json.texts(Json.text(whole))).isEqualTo(whole);
    }

    private static String context(String stored) {
        return String.valueOf(Json.context(stored).rawValue());
    }

    private static String text(Reply reply) {
        return new String(reply.body(), UTF_8);
    }
}

package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is a bot: the list against its own examples and a plain reading of it, our additions, and who is none. */
class BotsTest {
    private static final Bots BOTS = new Bots();
    private static final String VIEW =
            "{\"url\":\"https://shop.example/a\",\"visitor_id\":\"v1\",\"session_token\":\"s1\"}";

    @Test
    void everyExampleOfTheList_isABot() throws IOException {
        List<String> missed = new ArrayList<>();
        List<String> examples = fromList("instances");
        for (String example : examples) {
            if (!BOTS.is(example)) {
                missed.add(example);
            }
        }
        assertThat(examples).hasSizeGreaterThan(2_000);
        assertThat(missed).isEmpty();
    }

    /** The table of texts finds what trying every regular expression finds, in agents that are nearly a bot's. */
    @Test
    void listed_agreesWithEveryPatternTriedInTurn() throws IOException {
        List<Pattern> patterns =
                fromList("pattern").stream().map(Pattern::compile).toList();
        assertThat(patterns).hasSizeGreaterThan(1_400);
        List<String> missed = new ArrayList<>();
        for (String example : fromList("instances")) {
            String agent = "Mozilla/5.0 (X11) " + example.substring(example.length() / 3) + " Safari/537.36";
            boolean matches = patterns.stream()
                    .anyMatch(pattern -> !pattern.pattern().equals("WhatsApp")
                            && pattern.pattern().length() > 7
                            && pattern.matcher(agent).find());
            if (matches && !BOTS.is(agent)) {
                missed.add(agent);
            }
        }
        assertThat(missed).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "curl/8.5.0",
                "python-requests/2.32.3",
                "Go-http-client/2.0",
                "okhttp/4.12.0",
                "axios/1.7.2",
                "Java/17.0.2",
                "Java-http-client/21",
                "Apache-HttpClient/5.3 (Java/17)",
                "GuzzleHttp/7",
                "PHP/8.3",
                "Ruby",
                "node",
                "undici",
                "PostmanRuntime/7.39",
                "Dart/3.4 (dart:io)",
                "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041",
                "shop/1 CFNetwork/1490.0.4 Darwin/23.2.0",
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0 Safari/537.36",
                "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
                "Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 (KHTML, like Gecko) Cypress/13 Chrome/118 Electron/27 Safari/537.36",
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
                "Mozilla/5.0 (compatible; brandnewbot/0.1)",
                "Mozilla/5.0 (compatible; New Crawler; mail@example.com)",
                "Mozilla/5.0 (compatible; Nameless/1.0; +https://nameless.example/about)",
                "WhatsApp/2.23.20.0 A",
                "Viber",
                "Viber/21.9",
                "Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)",
                "http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.example/)",
                "Mozilla/5.0 (compatible; Mastodon/4.2)",
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Hotjar",
            })
    void programs_areBots(String agent) {
        assertThat(BOTS.is(agent)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
                "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0 Mobile Safari/537.36",
                "Mozilla/5.0 (Linux; Android 12; CUBOT) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0 Mobile Safari/537.36",
                "Mozilla/5.0 (Linux; Android 11; Spider-X1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0 Mobile Safari/537.36",
                "Mozilla/5.0 (Linux; Android 11; XQ-ds98) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.1008/2 Mobile Safari/537.36",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/440.0.0.31.105;FBDV/iPhone14,2;FBSN/iOS;FBLC/en_US]",
                "Mozilla/5.0 (Linux; Android 13; SM-G991B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/118 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/440.0.0.32.106;]",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 300.0.0.0 (iPhone14,2; iOS 17_0; en_US; scale=3.00; 1170x2532)",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [Pinterest/iOS]",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.1",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Snapchat/12.55 (like Safari/8615.1)",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/280.0 Mobile/15E148 Safari/604.1",
                "Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/118 Mobile Safari/537.36 WhatsApp/2.23",
                "Mozilla/5.0 (Linux; Android 13; SM-G991B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/118 Mobile Safari/537.36 trill_320405 BytedanceWebview/d8a21c6",
                "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118 Mobile Safari/537.36 MicroMessenger/8.0.42",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.35 Chrome/118 Electron/27.0 Safari/537.36",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Viber/21.9",
                "Mozilla/5.0 (Linux; Android 13; SM-G991B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/118 Mobile Safari/537.36 Viber/21.9.5.0",
                "Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/118 Mobile Safari/537.36 Feedly/2024.1",
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Mastodon/2024.3",
                "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/4.0 Chrome/76 TV Safari/537.36",
                "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
                "Opera/9.80 (Android; Opera Mini/12.0.1987/37.7327; U; pl) Presto/2.12.423 Version/12.16",
            })
    void browsers_areNot(String agent) {
        assertThat(BOTS.is(agent)).isFalse();
    }

    @Test
    void bots_areAnswered204AndNothingIsStored(@TempDir Path directory) throws Exception {
        try (Edge edge = new Edge(directory);
                Http http = edge.connect()) {
            String[][] bots = {
                {"User-Agent", null},
                {"User-Agent", ""},
                {"User-Agent", "curl/8.5.0"},
                {"Accept", null},
                {"Accept", ""},
                {"Accept-Language", null},
                {"Accept-Language", " "},
                {"User-Agent", "curl/8.5.0", "X-Test-Mode", "1"},
            };
            for (String[] headers : bots) {
                Http.Answer answer = http.post("/api/track/pageview?k=" + Edge.PUBLIC, VIEW, headers);
                assertThat(answer.status()).as(String.join(" ", headers)).isEqualTo(204);
                assertThat(answer.body()).isEmpty();
            }
            // The key and the fields come first.
            assertThat(http.post("/api/track/pageview", VIEW, "User-Agent", "curl/8")
                            .status())
                    .isEqualTo(401);
            assertThat(http.post("/api/track/pageview?k=" + Edge.PUBLIC, "{\"url\":\"u\"}", "User-Agent", "curl/8")
                            .status())
                    .isEqualTo(400);
            // Backends report errors and audits with whatever client they have.
            assertThat(http.post("/api/track/audit?k=" + Edge.PUBLIC, "{\"action\":\"a\"}", "User-Agent", "curl/8")
                            .status())
                    .isEqualTo(202);
            assertThat(edge.records()).hasSize(1);
            Wait.until(() ->
                    edge.refusals().equals(Map.of(0, Map.of("key_missing", 1L), 1, Map.of("bot", 8L, "fields", 1L))));
        }
    }

    @Test
    void recent_answersFromMemoryAndStaysBounded() {
        AtomicInteger asked = new AtomicInteger();
        Recent<Integer, Integer> recent = new Recent<>(100, key -> {
            asked.incrementAndGet();
            return key * 2;
        });
        for (int i = 0; i < 10_000; i++) {
            assertThat(recent.get(7)).isEqualTo(14);
            assertThat(recent.get(i)).isEqualTo(i * 2);
            assertThat(recent.size()).isLessThanOrEqualTo(200);
        }
        // The one that is always asked for was never forgotten.
        assertThat(asked).hasValue(10_000);
    }

    /** All texts of that field in the list. */
    private static List<String> fromList(String field) throws IOException {
        List<String> texts = new ArrayList<>();
        try (JsonParser json =
                new JsonFactory().createParser(Bots.class.getResourceAsStream("crawler-user-agents.json"))) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                String in = json.getParsingContext().inArray()
                        ? json.getParsingContext().getParent().getCurrentName()
                        : json.currentName();
                if (token == JsonToken.VALUE_STRING && field.equals(in)) {
                    texts.add(json.getText());
                }
            }
        }
        return texts;
    }
}

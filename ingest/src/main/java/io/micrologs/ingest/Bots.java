package io.micrologs.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Tells by a User-Agent whether a program sent it that no person looks at. Immutable. */
final class Bots {
    /*
     * Three questions, any of which may say yes:
     *   the list      crawler-user-agents, 1,500 patterns that its community keeps up to date. All but some forty are plain
     *                 text, so it is not a row of regular expressions but a table: at each position of the agent the
     *                 next three characters choose the few texts that can begin there.
     *   libraries     what HTTP clients of programming languages call themselves, at the beginning of the agent
     *   signs         words of automated browsers anywhere; a word that ends with bot, crawler or spider; a link to a
     *                 page about the sender, as well-behaved crawlers that nobody has listed yet put it
     *
     * Browsers inside apps (Facebook, Instagram, …) are people, and so are owners of phones of the brand Cubot. Some apps
     * fetch pages under their own name, which is listed, and also show them to people, in a whole browser: then the name
     * is no sign. The list's
     * texts of five characters or less only count as words: "008/" is in many version numbers.
     */
    private static final String LIST = "crawler-user-agents.json";
    private static final int BUCKETS = 1 << 12;
    private static final int START_CHARS = 3;
    private static final int SHORT_TEXT_MAX = 5;

    /** The list means WhatsApp's preview fetcher; an in-app browser that names WhatsApp is a person. */
    private static final String WHATSAPP = "WhatsApp";

    /** Listed names of apps in which people read. */
    private static final Set<String> APPS = Set.of(
            "Blackboard",
            "Feedbin",
            "Feedly",
            "Friendica",
            "Goodreads",
            "Lemmy",
            "Mastodon",
            "NewsBlur",
            "NextCloud",
            "Viber",
            "inoreader");

    private static final List<String> LIBRARIES = List.of(
            "apache-http",
            "axios",
            "bun/",
            "cpp-httplib",
            "curl",
            "dalvik/",
            "dart",
            "deno/",
            "faraday",
            "go-http",
            "go-resty",
            "got",
            "guzzle",
            "http.rb",
            "httpclient",
            "httpie",
            "hyper/",
            "insomnia",
            "jakarta",
            "java/",
            "java-http",
            "jersey",
            "ktor",
            "libcurl",
            "libwww",
            "lua-",
            "lwp",
            "needle",
            "node",
            "okhttp",
            "perl",
            "php",
            "postman",
            "pycurl",
            "python",
            "reqwest",
            "rest-client",
            "restsharp",
            "ruby",
            "symfony",
            "typhoeus",
            "undici",
            "unirest",
            "ureq",
            "wget",
            "whatsapp",
            "winhttp",
            "wordpress/");

    private static final List<String> SIGNS = List.of(
            "+http://",
            "+https://",
            "alamofire",
            "cfnetwork",
            "chrome-lighthouse",
            "cypress/",
            "headless",
            "htmlunit",
            "jsdom/",
            "phantomjs",
            "playwright",
            "puppeteer",
            "python-",
            "selenium",
            "slimerjs",
            "testcafe",
            "webdriver",
            "winhttp",
            "windowspowershell");

    private static final List<String> WORDS = List.of("bot", "crawler", "spider", "scraper");
    private static final String PHONE = "cubot";

    private final String[][] byStart = new String[BUCKETS][0];
    private final List<Pattern> patterns = new ArrayList<>();

    Bots() {
        try (InputStream in = Bots.class.getResourceAsStream(LIST)) {
            if (in == null) {
                throw new IllegalStateException(LIST + " is missing in the jar of ingest");
            }
            read(in);
        } catch (IOException e) {
            throw new UncheckedIOException(LIST + " cannot be read", e);
        }
    }

    /** @param agent at most some hundred characters; an empty one is a bot's */
    boolean is(String agent) {
        return agent.isBlank() || listed(agent) || selfEvident(agent.toLowerCase(Locale.ROOT));
    }

    private boolean listed(String agent) {
        for (int at = 0; at + START_CHARS <= agent.length(); at++) {
            for (String text : byStart[bucket(agent, at)]) {
                if (agent.startsWith(text, at)
                        && (text.length() > SHORT_TEXT_MAX || isWord(agent, at, at + text.length()))
                        && !(APPS.contains(text) && isBrowser(agent))) {
                    return true;
                }
            }
        }
        for (Pattern pattern : patterns) {
            if (pattern.matcher(agent).find()) {
                return true;
            }
        }
        return false;
    }

    /** As a browser's engine introduces itself; crawlers that do so add that they are compatible with one. */
    private static boolean isBrowser(String agent) {
        return agent.startsWith("Mozilla/5.0 (")
                && !agent.contains("compatible;")
                && (agent.contains("AppleWebKit/") || agent.contains(" Gecko/"));
    }

    private static boolean selfEvident(String agent) {
        for (String library : LIBRARIES) {
            if (agent.startsWith(library)) {
                return true;
            }
        }
        for (String sign : SIGNS) {
            if (agent.contains(sign)) {
                return true;
            }
        }
        for (String word : WORDS) {
            if (endsAWord(agent, word)) {
                return true;
            }
        }
        return false;
    }

    private static boolean endsAWord(String agent, String ending) {
        for (int at = agent.indexOf(ending); at >= 0; at = agent.indexOf(ending, at + 1)) {
            int end = at + ending.length();
            boolean ends = end == agent.length() || " /;,)]".indexOf(agent.charAt(end)) >= 0;
            if (ends && !agent.startsWith(PHONE, end - PHONE.length())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWord(String agent, int start, int end) {
        boolean starts = start == 0 || !Character.isLetterOrDigit(agent.charAt(start - 1));
        return starts
                && (end == agent.length()
                        || !Character.isLetterOrDigit(agent.charAt(end - 1))
                        || !Character.isLetterOrDigit(agent.charAt(end)));
    }

    private static int bucket(String text, int at) {
        int hash = (text.charAt(at) * 31 + text.charAt(at + 1)) * 31 + text.charAt(at + 2);
        return (hash ^ hash >>> 12) & BUCKETS - 1;
    }

    private void read(InputStream in) throws IOException {
        try (JsonParser json = new JsonFactory().createParser(in)) {
            int depth = 0;
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token.isStructStart()) {
                    depth++;
                } else if (token.isStructEnd()) {
                    depth--;
                } else if (depth == 2
                        && token == JsonToken.FIELD_NAME
                        && json.currentName().equals("pattern")) {
                    add(json.nextTextValue());
                }
            }
        }
    }

    private void add(String pattern) {
        String text = plainText(pattern);
        if (text == null || text.length() < START_CHARS) {
            patterns.add(Pattern.compile(pattern));
        } else if (!text.equals(WHATSAPP)) {
            int bucket = bucket(text, 0);
            String[] with = Arrays.copyOf(byStart[bucket], byStart[bucket].length + 1);
            with[with.length - 1] = text;
            byStart[bucket] = with;
        }
    }

    /** What the pattern matches, when that is one text only; else null. */
    private static @Nullable String plainText(String pattern) {
        StringBuilder text = new StringBuilder(pattern.length());
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '\\' && i + 1 < pattern.length() && !Character.isLetterOrDigit(pattern.charAt(i + 1))) {
                text.append(pattern.charAt(++i));
            } else if ("\\^$.|?*+()[]{}".indexOf(c) >= 0) {
                return null;
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }
}

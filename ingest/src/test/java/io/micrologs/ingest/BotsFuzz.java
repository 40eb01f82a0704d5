package io.micrologs.ingest;

import java.nio.charset.StandardCharsets;

/** Fuzz target: whether a User-Agent is a bot's, and a browser's first language, which are read of every pageview. */
final class BotsFuzz {
    private static final Bots BOTS = new Bots();

    private BotsFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        String agent = Text.cut(new String(input, StandardCharsets.ISO_8859_1), Agent.LENGTH_MAX);
        boolean bot = BOTS.is(agent);
        check(bot == BOTS.is(agent), "says something else the second time");
        check(bot || !agent.isBlank(), "an empty one is a bot's");
        String language = Text.firstLanguage(agent);
        check(language == null || language.length() <= 16, "a language is too long");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}

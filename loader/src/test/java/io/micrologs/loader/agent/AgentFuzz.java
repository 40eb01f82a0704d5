package io.micrologs.loader.agent;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Fuzz target: a User-Agent, whatever it says, is read in bounded steps, to the same answer each time, of bounded length. */
final class AgentFuzz {
    private static final AgentParser PARSER = new AgentParser();

    private AgentFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        // As the edge reads headers.
        String text = new String(input, StandardCharsets.ISO_8859_1);
        Agent agent = PARSER.parse(text);
        // Reading is slow enough to ask only some twice.
        check(input.length % 8 != 0 || agent.equals(PARSER.parse(text)), "says something else the second time");
        check(isAtMost(agent.os(), 64) && isAtMost(agent.browser(), 64), "a name is too long");
        check(isAtMost(agent.osVersion(), 16) && isAtMost(agent.browserVersion(), 16), "a version is too long");
    }

    private static boolean isAtMost(@Nullable String text, int charactersMax) {
        return text == null || text.length() <= charactersMax;
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}

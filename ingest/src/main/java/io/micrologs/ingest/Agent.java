package io.micrologs.ingest;

import io.micrologs.http.Exchange;

/** What a request says about the program that sent it. */
final class Agent {
    static final int LENGTH_MAX = 512;

    private Agent() {}

    /** The User-Agent, cut; "" when there is none. */
    static String of(Exchange exchange) {
        String agent = exchange.header("user-agent");
        return agent == null ? "" : Text.cut(agent, LENGTH_MAX);
    }

    /** Whether nobody looks at the page: a bot by its name, or without headers that every browser sends. */
    static boolean isBot(Exchange exchange, String agent, LoopTools tools) {
        return Text.isBlank(exchange.header("accept-language"))
                || Text.isBlank(exchange.header("accept"))
                || tools.bots().get(agent);
    }
}

package io.micrologs.http;

import io.micrologs.http.Routes.Route;
import io.micrologs.http.limit.Limit;
import io.micrologs.http.limit.RateLimiter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is answered before an endpoint is asked: unknown path, preflight, overload, wrong method, too many requests, in this
 * order. A preflight is never counted, because a browser sends it on its own, and neither is what we had no room for: who
 * tries again, as he was told to, must not be blocked for it. Any thread.
 */
final class Gate {
    static final String RATE_LIMIT = "rate_limit";
    static final String METHOD = "method";
    static final String TOO_LARGE = "too_large";
    static final String MALFORMED = "malformed";
    static final String BUSY = "busy";

    private final @Nullable RateLimiter limiter;

    /** @param limiter null to let any number through */
    Gate(@Nullable RateLimiter limiter) {
        this.limiter = limiter;
    }

    /** Null to let the request through to its endpoint. */
    @Nullable
    Reply refuse(Exchange exchange) {
        Route route = exchange.route();
        if (route == null) {
            return Routes.NOT_FOUND;
        }
        boolean known = route.methods().contains(exchange.method());
        if (!known && exchange.method().equals("OPTIONS")) {
            return Routes.PREFLIGHT;
        }
        Reply overload = route.overload().get();
        if (overload != null) {
            return overload;
        }
        if (!known) {
            route.refused().accept(METHOD);
            return route.methodNotAllowed();
        }
        Limit limit = route.limit();
        if (limiter == null || limit == null) {
            return null;
        }
        long blockedMs = limiter.admit(limit, exchange.clientAddress());
        if (blockedMs == 0) {
            return null;
        }
        route.refused().accept(RATE_LIMIT);
        return tooMany(limit, limiter.config().window(), (blockedMs + 999) / 1_000, route.crossOrigin());
    }

    private static Reply tooMany(Limit limit, Duration window, long seconds, boolean crossOrigin) {
        Reply reply = Reply.json(
                        429,
                        "{\"error\": \"Too many requests: " + limit.attemptsMax() + " in " + window.toSeconds()
                                + " s are allowed here. Try again in " + seconds + " s.\"}")
                .header("retry-after", Long.toString(seconds));
        return crossOrigin ? reply.header("access-control-expose-headers", "Retry-After") : reply;
    }

    /** Tells the request's route, if it has one, that its bytes were refused. */
    static void tellFault(Exchange exchange, Reply refusal) {
        Route route = exchange.route();
        if (route != null) {
            route.refused().accept(refusal == Framing.TOO_LARGE ? TOO_LARGE : MALFORMED);
        }
    }
}

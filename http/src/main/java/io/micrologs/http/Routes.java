package io.micrologs.http;

import io.micrologs.http.limit.Limit;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint answers which path. Paths are looked up as they were sent, with and without {@code .php}; unknown ones
 * are 404, known ones with another method 405. Immutable.
 */
public final class Routes {
    static final Reply NOT_FOUND = Reply.failure(404, "Not found");
    static final Reply PREFLIGHT = Reply.empty(204)
            .header("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS")
            .header("access-control-allow-headers", "Content-Type, X-API-Key")
            .header("access-control-max-age", "86400");

    private final Map<String, Route> exact;
    private final Map<String, Route> prefixes;

    private Routes(Map<String, Route> exact, Map<String, Route> prefixes) {
        this.exact = Map.copyOf(exact);
        this.prefixes = Map.copyOf(prefixes);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Every path that has an endpoint, as it is sent; a prefix ends with a slash. */
    public SortedSet<String> paths() {
        SortedSet<String> paths = new TreeSet<>(exact.keySet());
        paths.addAll(prefixes.keySet());
        return paths;
    }

    @Nullable
    Route find(String path) {
        Route route = exact.get(path);
        if (route != null || prefixes.isEmpty()) {
            return route;
        }
        for (int slash = path.lastIndexOf('/'); slash >= 0; slash = path.lastIndexOf('/', slash - 1)) {
            route = prefixes.get(path.substring(0, slash + 1));
            if (route != null) {
                return route;
            }
        }
        return null;
    }

    /**
     * One path's methods and endpoint; exactly one of the endpoints is set.
     *
     * @param limit how many requests of one client in the limiter's window are let through; null for any number
     * @param refused is told why the server itself refused a request, on the event loop
     * @param overload answers in the endpoint's place, before anything is counted against the client; null to go on
     * @param largeBodies null when bodies may be as long as everywhere
     */
    record Route(
            Set<String> methods,
            @Nullable LoopEndpoint loop,
            @Nullable WorkerEndpoint worker,
            boolean crossOrigin,
            Reply methodNotAllowed,
            @Nullable Limit limit,
            Consumer<String> refused,
            Supplier<@Nullable Reply> overload,
            @Nullable LargeBodies largeBodies) {

        Route(Set<String> methods, @Nullable LoopEndpoint loop, @Nullable WorkerEndpoint worker, boolean crossOrigin) {
            this(
                    Set.copyOf(methods),
                    loop,
                    worker,
                    crossOrigin,
                    Reply.failure(405, "Method not allowed").header("allow", String.join(", ", allowed(methods))),
                    null,
                    reason -> {},
                    () -> null,
                    null);
        }

        private Route limited(Limit other) {
            return new Route(
                    methods, loop, worker, crossOrigin, methodNotAllowed, other, refused, overload, largeBodies);
        }

        private Route tellRefusals(Consumer<String> listener) {
            return new Route(
                    methods, loop, worker, crossOrigin, methodNotAllowed, limit, listener, overload, largeBodies);
        }

        private Route overload(Supplier<@Nullable Reply> answer) {
            return new Route(methods, loop, worker, crossOrigin, methodNotAllowed, limit, refused, answer, largeBodies);
        }

        private Route largeBodies(LargeBodies large) {
            return new Route(methods, loop, worker, crossOrigin, methodNotAllowed, limit, refused, overload, large);
        }

        private static SortedSet<String> allowed(Set<String> methods) {
            SortedSet<String> allowed = new TreeSet<>(methods);
            allowed.add("OPTIONS");
            if (methods.contains("GET")) {
                allowed.add("HEAD");
            }
            return allowed;
        }
    }

    /**
     * @param refusal looks at the headers of a request whose body gets longer than those of other paths may be; null to take it
     * @param room one permit for each such body in memory
     */
    record LargeBodies(int bytesMax, Semaphore room, Function<Exchange, @Nullable Reply> refusal) {}

    /** Single-threaded; throws {@link IllegalArgumentException} when a path is given twice. */
    public static final class Builder {
        private final Map<String, Route> exact = new HashMap<>();
        private final Map<String, Route> prefixes = new HashMap<>();
        private final Map<String, String> aliases = new HashMap<>();

        private Builder() {}

        /** On the event loop; {@code path} without {@code .php}. A GET route also answers HEAD. */
        public Builder on(String path, Set<String> methods, LoopEndpoint endpoint) {
            return add(path, new Route(methods, endpoint, null, false));
        }

        /** On a worker thread; {@code path} without {@code .php}. A GET route also answers HEAD. */
        public Builder on(String path, Set<String> methods, WorkerEndpoint endpoint) {
            return add(path, new Route(methods, null, endpoint, false));
        }

        /**
         * As {@link #on(String, Set, LoopEndpoint)}, for scripts of any web page: preflights are answered here, and every
         * answer, refusals of the server itself included, allows the request's origin.
         */
        public Builder crossOrigin(String path, Set<String> methods, LoopEndpoint endpoint) {
            return add(path, new Route(methods, endpoint, null, true));
        }

        /** Every path below {@code prefix}, which ends with a slash, that has no route of its own; the longest prefix wins. */
        public Builder prefix(String prefix, Set<String> methods, LoopEndpoint endpoint) {
            if (!prefix.endsWith("/")) {
                throw new IllegalArgumentException("prefix must end with a slash: " + prefix);
            }
            put(prefixes, prefix, new Route(methods, endpoint, null, false));
            return this;
        }

        /**
         * Lets through at most {@code attempts} requests of one client address in the limiter's window, counted for this
         * path alone, given without {@code .php} and counted with it. Preflights are not counted.
         */
        public Builder limit(String path, int attempts) {
            Limit limit = new Limit(path, attempts);
            return change(path, route -> route.limited(limit));
        }

        /** As {@link #limit}, and nothing when this process does not answer {@code path}. */
        public Builder limitIfThere(String path, int attempts) {
            return exact.containsKey(path) ? limit(path, attempts) : this;
        }

        /**
         * Tells {@code listener} why the server itself refused a request for this path, by reasons of {@code a-z} and
         * {@code _}. It is called on event loops.
         */
        public Builder onRefusal(String path, Consumer<String> listener) {
            return change(path, route -> route.tellRefusals(listener));
        }

        /**
         * Asks {@code answer} before a request for this path is counted against its client's limit; null lets it on. It is
         * called on event loops, and does its own counting.
         */
        public Builder onOverload(String path, Supplier<@Nullable Reply> answer) {
            return change(path, route -> route.overload(answer));
        }

        /** Answers {@code path}, as it is given, by the very route of {@code of}: the same endpoint, limit and listener. */
        public Builder alias(String path, String of) {
            if (aliases.putIfAbsent(path, of) != null) {
                throw new IllegalArgumentException("two endpoints for " + path);
            }
            return this;
        }

        /**
         * Takes bodies of up to {@code bytes} for this path. Of those that are longer than elsewhere, at most {@code atOnce} are
         * in memory at a time; one more is answered 503. So that strangers cannot take up that room, {@code refusal} is asked
         * first, on the event loop, about the headers alone: its answer ends the request, null takes the body.
         */
        public Builder bodyMax(String path, int bytes, int atOnce, Function<Exchange, @Nullable Reply> refusal) {
            LargeBodies large = new LargeBodies(bytes, new Semaphore(atOnce), refusal);
            return change(path, route -> route.largeBodies(large));
        }

        private Builder change(String path, UnaryOperator<Route> change) {
            Route route = exact.get(path);
            if (route == null) {
                throw new IllegalArgumentException("no endpoint for " + path);
            }
            Route changed = change.apply(route);
            exact.put(path, changed);
            exact.computeIfPresent(path + ".php", (same, old) -> changed);
            return this;
        }

        public Routes build() {
            // Last, so that whatever was said of a route is said of its aliases.
            aliases.forEach((path, of) -> {
                Route route = exact.get(of);
                if (route == null) {
                    throw new IllegalArgumentException("no endpoint for " + of);
                }
                put(exact, path, route);
            });
            aliases.clear();
            return new Routes(exact, prefixes);
        }

        private Builder add(String path, Route route) {
            put(exact, path, route);
            if (!path.endsWith("/") && path.indexOf('.') < 0) {
                put(exact, path + ".php", route);
            }
            return this;
        }

        private static void put(Map<String, Route> map, String path, Route route) {
            if (map.putIfAbsent(path, route) != null) {
                throw new IllegalArgumentException("two endpoints for " + path);
            }
        }
    }
}

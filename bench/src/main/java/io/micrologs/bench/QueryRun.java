package io.micrologs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One {@code bench query}: each question over 30 days and 12 months, cold and warm. Single-threaded. */
final class QueryRun {
    /*
     * Each is asked once before anything is measured, so that a run of an hour does not end void in its middle.
     * Warm: the floor and the question in turn, after both were asked a few times.
     * Cold, and after that, so that the server's code for it is compiled: the database was restarted and nothing was asked
     * since but the floor, which reads no rows. So each cold run has a restart of its own. The server is not restarted.
     */
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int WARMUP = 3;
    private static final long POLL_MS = 20;
    private static final int FLOORS_AFTER_RESTART = 3;
    private static final int FEW_RUNS = 20;
    private static final Duration START_MAX = Duration.ofSeconds(300);

    private final QueryPlan plan;
    private final QueryTarget target;
    private final QueryClient client;
    private final PrintWriter out;
    private final List<String> warnings = new ArrayList<>();
    private final List<QueryRequest.Span> spans;
    private boolean cacheStayed;

    QueryRun(QueryPlan plan, QueryTarget target, PrintWriter out) {
        this.plan = plan;
        this.target = target;
        this.client = new QueryClient(target.url(), target.secretKey());
        this.out = out;
        this.spans = QueryRequest.Span.before(target.until());
    }

    /** A question over some days, with everything filled in. */
    private record Asked(QueryRequest.Span span, QueryRequest request) {}

    /**
     * What one question over some days took, in milliseconds.
     *
     * @param cold empty when it was not measured
     * @param floor in turn with the warm runs
     * @param bytes of the answer
     */
    record Measured(QueryRequest.Span span, String name, double[] cold, double[] warm, double[] floor, int bytes) {
        Measured {
            cold = cold.clone();
            warm = warm.clone();
            floor = floor.clone();
        }

        String fullName() {
            return name + ", " + span.name();
        }
    }

    /** @throws BenchException when the run is void */
    QueryReport measure(String command) {
        awaitAnswers();
        Map<String, Long> pageviews = pageviews();
        List<Asked> all = all(find());
        warn();
        all.forEach(this::check);
        int restarts = target.canRestart() ? all.size() * plan.coldRuns() : 0;
        say(String.format(
                Locale.ROOT,
                "%d questions, every one answered; now with %d restarts of the database",
                all.size(),
                restarts));
        List<Measured> measured = new ArrayList<>();
        all.forEach(asked -> measured.add(measure(asked)));
        if (cacheStayed) {
            warnings.add("the page cache was not dropped, "
                    + (plan.dropPageCache() ? "which only root may do" : "as was asked for")
                    + ": cold is a restarted database whose files are still in memory");
        }
        return new QueryReport(target.about(), target.database(), plan, command, pageviews, measured, warnings);
    }

    private List<Asked> all(QueryRequest.Found found) {
        for (QueryRequest request : plan.questions()) {
            if (!found.has(request)) {
                warnings.add(request.name() + " is not measured: there is nothing of the kind in the data");
            }
        }
        List<Asked> all = new ArrayList<>();
        for (QueryRequest.Span span : spans) {
            if (span.filtered() && found.country() == null) {
                warnings.add("nothing is measured of one country: no visitor's is known");
                continue;
            }
            plan.questions().stream()
                    .filter(request -> request.fits(span) && found.has(request))
                    .forEach(request -> all.add(new Asked(span, request.filledIn(span, found))));
        }
        return all;
    }

    private void warn() {
        if (plan.runs() < FEW_RUNS || (plan.coldRuns() > 0 && plan.coldRuns() < FEW_RUNS)) {
            warnings.add("fewer than " + FEW_RUNS + " runs: p95 is the largest of them");
        }
        if (plan.coldRuns() > 0 && !target.canRestart()) {
            warnings.add("not measured cold: the bench cannot restart this database; see --restart-command");
        }
        String gap = target.gap(spans);
        if (gap != null) {
            warnings.add(gap);
        }
    }

    private void check(Asked asked) {
        QueryClient.Answer answer = client.send(asked.request());
        if (answer.status() == NOT_FOUND && asked.request().body() != null) {
            throw new BenchException("the server does not know POST "
                    + asked.request().path() + ", so it is not of this version; --questions contract leaves that out");
        }
        client.require(answer, asked.request(), OK);
    }

    private Measured measure(Asked asked) {
        QueryRequest request = asked.request();
        QueryRequest floor = QueryRequest.FLOOR.filledIn(asked.span(), QueryRequest.Found.NOTHING);
        int bytes = 0;
        for (int i = 0; i < WARMUP; i++) {
            client.require(floor, QueryRequest.FLOOR_STATUS);
            bytes = client.require(request, OK).body().length;
        }
        double[] warm = new double[plan.runs()];
        double[] floors = new double[plan.runs()];
        for (int i = 0; i < plan.runs(); i++) {
            floors[i] = client.require(floor, QueryRequest.FLOOR_STATUS).millis();
            warm[i] = client.require(request, OK).millis();
        }
        double[] cold = new double[target.canRestart() ? plan.coldRuns() : 0];
        for (int i = 0; i < cold.length; i++) {
            cacheStayed |= !target.restartDatabase(plan.dropPageCache());
            awaitAnswers();
            cold[i] = client.require(request, OK).millis();
        }
        Measured measured = new Measured(asked.span(), request.name(), cold, warm, floors, bytes);
        say(QueryReport.line(measured));
        return measured;
    }

    /** Asks the floor until it answers, and a few times more, so that the server's connections are good ones. */
    private void awaitAnswers() {
        QueryRequest floor = QueryRequest.FLOOR.filledIn(spans.get(0), QueryRequest.Found.NOTHING);
        long deadline = System.nanoTime() + START_MAX.toNanos();
        while (!client.answers(floor)) {
            target.requireAlive();
            if (System.nanoTime() > deadline) {
                throw new BenchException(String.format(
                        Locale.ROOT, "%s does not answer after %d s", target.about(), START_MAX.toSeconds()));
            }
            Pause.ms(POLL_MS);
        }
        for (int i = 0; i < FLOORS_AFTER_RESTART; i++) {
            client.require(floor, QueryRequest.FLOOR_STATUS);
        }
    }

    /** How many there are, as far as the ranges reach. */
    private Map<String, Long> pageviews() {
        Map<String, Long> pageviews = new LinkedHashMap<>();
        for (QueryRequest.Span span : spans) {
            if (!span.filtered()) {
                long count = data(span, "/api/analytics/visitors.php?{range}")
                        .path("total_pageviews")
                        .asLong();
                pageviews.put("pageviews in " + span.name(), count);
            }
        }
        return pageviews;
    }

    private QueryRequest.Found find() {
        QueryRequest.Span month = spans.get(0);
        return new QueryRequest.Found(
                text(data(month, "/api/analytics/errors.php?{range}&limit=1"), "errors", "id"),
                text(data(month, "/api/analytics/links.php?{range}"), "links", "code"),
                text(data(month, "/api/analytics/locations.php?{range}"), "by_country", "country_code"));
    }

    private JsonNode data(QueryRequest.Span span, String path) {
        return client.data(QueryRequest.get(path, path).filledIn(span, QueryRequest.Found.NOTHING));
    }

    /** Of the list's first. */
    private static @Nullable String text(JsonNode data, String list, String field) {
        JsonNode found = data.path(list).path(0).path(field);
        return found.isMissingNode() || found.isNull() ? null : found.asText();
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}

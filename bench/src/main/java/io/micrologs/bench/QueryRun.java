package io.micrologs.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One {@code bench query}: each question over 30 days and 12 months, cold and warm. Single-threaded. */
final class QueryRun {
    /*
     * Cold: the database was restarted and nothing was asked since but the floor, which reads no rows. So each cold run has
     * a restart of its own. The server is not restarted: its compiled code is not what is looked at.
     * Warm: the floor and the question in turn, after both were asked a few times.
     */
    private static final int OK = 200;
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
    private final List<QueryRequest.Days> days;
    private boolean cacheStayed;

    QueryRun(QueryPlan plan, QueryTarget target, PrintWriter out) {
        this.plan = plan;
        this.target = target;
        this.client = new QueryClient(target.url(), target.secretKey());
        this.out = out;
        this.days = QueryRequest.Days.before(target.until());
    }

    /**
     * What one question over some days took, in milliseconds.
     *
     * @param cold empty when it was not measured
     * @param floor in turn with the warm runs
     * @param bytes of the answer
     */
    record Measured(QueryRequest.Days days, String name, double[] cold, double[] warm, double[] floor, int bytes) {
        Measured {
            cold = cold.clone();
            warm = warm.clone();
            floor = floor.clone();
        }
    }

    /** @throws BenchException when the run is void */
    QueryReport measure(String command) {
        awaitAnswers();
        QueryRequest.Found found = find();
        if (plan.runs() < FEW_RUNS || (plan.coldRuns() > 0 && plan.coldRuns() < FEW_RUNS)) {
            warnings.add("fewer than " + FEW_RUNS + " runs: p95 is the largest of them");
        }
        if (plan.coldRuns() > 0 && !target.canRestart()) {
            warnings.add("not measured cold: the bench cannot restart this database; see --restart-command");
        }
        List<Measured> measured = new ArrayList<>();
        for (QueryRequest.Days span : days) {
            for (QueryRequest request : QueryRequest.ALL) {
                if (found.has(request)) {
                    measured.add(measure(span, request.filledIn(span, found)));
                } else {
                    warnings.add(request.name() + " is not measured: there is nothing of the kind in the data");
                }
            }
        }
        if (cacheStayed) {
            warnings.add("the page cache was not dropped, "
                    + (plan.dropPageCache() ? "which only root may do" : "as was asked for")
                    + ": cold is a restarted database whose files are still in memory");
        }
        return new QueryReport(target.about(), plan, command, measured, warnings);
    }

    private Measured measure(QueryRequest.Days span, QueryRequest request) {
        QueryRequest floor = QueryRequest.FLOOR.filledIn(span, new QueryRequest.Found(null, null));
        double[] cold = new double[target.canRestart() ? plan.coldRuns() : 0];
        for (int i = 0; i < cold.length; i++) {
            cacheStayed |= !target.restartDatabase(plan.dropPageCache());
            awaitAnswers();
            cold[i] = client.require(request, OK).millis();
        }
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
        Measured measured = new Measured(span, request.name(), cold, warm, floors, bytes);
        out.println(QueryReport.line(measured));
        out.flush();
        return measured;
    }

    /** Asks the floor until it answers, and a few times more, so that the server's connections are good ones. */
    private void awaitAnswers() {
        QueryRequest floor = QueryRequest.FLOOR.filledIn(days.get(0), new QueryRequest.Found(null, null));
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

    private QueryRequest.Found find() {
        QueryRequest.Days year = days.get(days.size() - 1);
        QueryRequest.Found nothing = new QueryRequest.Found(null, null);
        JsonNode errors = client.data(QueryRequest.get("errors", "/api/analytics/errors.php?{range}&limit=1")
                .filledIn(year, nothing));
        JsonNode links = client.data(
                QueryRequest.get("links", "/api/analytics/links.php?{range}").filledIn(year, nothing));
        JsonNode error = errors.path("errors").path(0).path("id");
        JsonNode link = links.path("links").path(0).path("code");
        return new QueryRequest.Found(
                error.isMissingNode() ? null : error.asText(), link.isMissingNode() ? null : link.asText());
    }
}

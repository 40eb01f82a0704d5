package io.micrologs.server;

import io.micrologs.loader.ProgressListener;
import io.micrologs.loader.RebuildRequests;
import io.micrologs.loader.RebuildRequests.Request;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Watches the loader make rollups of days again. Single-threaded: its owner. */
final class RebuildWatch {

    /** What to say when it is not finished. */
    static final String NOTED =
            "noted; the counters are made again as soon as a loader runs on this database, nothing is lost by not waiting";

    private static final long POLL_MS = 100;
    /** A loader looks for requests every second, and puts right first what it has begun. */
    private static final long UNSEEN_NANOS_MAX = TimeUnit.SECONDS.toNanos(20);
    /** So long a single day may take. */
    private static final long IDLE_NANOS_MAX = TimeUnit.MINUTES.toNanos(10);

    private final Set<Long> requests;
    private final ProgressListener progress;
    /** How many days each of them has; 0 of those that no loader has looked at yet. */
    private final Map<Long, Integer> days = new HashMap<>();

    private RebuildWatch(List<Request> requests, ProgressListener progress) {
        requests.forEach(request -> days.put(request.id(), request.days()));
        this.requests = Set.copyOf(days.keySet());
        this.progress = progress;
    }

    /** What came of it: so many days were made again; or, when it is not finished, nothing moves. */
    record Result(boolean finished, int days) {}

    /**
     * Returns when all of these requests are done, or when nobody seems to work on them.
     *
     * @param running whether there may be a loader at all
     */
    static Result await(Connection connection, List<Request> requests, boolean running, ProgressListener progress)
            throws SQLException, InterruptedException {
        return new RebuildWatch(requests, progress).await(connection, running);
    }

    private Result await(Connection connection, boolean running) throws SQLException, InterruptedException {
        List<Request> before = List.of();
        long movedNanos = System.nanoTime();
        while (true) {
            List<Request> pending = RebuildRequests.pending(connection);
            look(pending);
            if (pending.stream().noneMatch(request -> requests.contains(request.id()))) {
                return new Result(true, all());
            }
            if (!pending.equals(before)) {
                before = pending;
                movedNanos = System.nanoTime();
            }
            // The first one is worked on, and seen by a loader when it has a number of days here.
            long patience = pending.get(0).days() == 0 ? UNSEEN_NANOS_MAX : IDLE_NANOS_MAX;
            if (!running || System.nanoTime() - movedNanos > patience) {
                return new Result(false, all());
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        }
    }

    private void look(List<Request> pending) {
        Map<Long, Integer> left = new HashMap<>();
        for (Request request : pending) {
            int known = days.merge(request.id(), request.days(), Math::max);
            left.put(request.id(), known - request.doneDays());
        }
        int remaining =
                requests.stream().mapToInt(id -> left.getOrDefault(id, 0)).sum();
        long unseen = requests.stream()
                .filter(id -> left.containsKey(id) && days.getOrDefault(id, 0) == 0)
                .count();
        String more = unseen == 0 || requests.size() == 1 ? "" : ", " + unseen + " projects to come";
        progress.at("counting days again" + more, all() - remaining, all());
    }

    private int all() {
        return requests.stream().mapToInt(id -> days.getOrDefault(id, 0)).sum();
    }
}

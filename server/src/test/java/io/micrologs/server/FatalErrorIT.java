package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.database.TestDatabase;
import io.micrologs.server.ServerProcess.Launch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An Error ends the process, whichever thread it came up in, and the next one counts each event once. */
class FatalErrorIT {
    private static final int PAGEVIEWS = 150;
    private static final int TRIALS = Integer.getInteger("faults.trials", 0);
    private static final long SEED = Long.getLong("faults.seed", new Random().nextLong());
    private static final String OUT_OF_MEMORY = "java.lang.OutOfMemoryError";
    private static final String INTERNAL = "java.lang.InternalError";
    private static final String LINKAGE = "java.lang.NoClassDefFoundError";

    /** Where it comes up: a class and its method, in the thread that calls it. */
    private record Place(String thread, String className, String method) {}

    private static final Place HANDLER = new Place("http-loop", "io.micrologs.ingest.Tracking", "handle");
    private static final Place APPEND = new Place("http-loop", "io.micrologs.journal.JournalWriter", "append");
    private static final Place LOADER = new Place("loader", "io.micrologs.loader.Projection", "load");
    private static final Place COMPLETION = new Place("http-loop", "io.micrologs.ingest.Ticket", "completed");
    private static final Place WORKER = new Place("http-worker", "io.micrologs.query.LedgerEndpoint", "answer");
    private static final Place CONTROL = new Place("control", "io.micrologs.query.ControlStore", "refreshIfChanged");
    private static final Place UPKEEP = new Place("ingest-upkeep", "io.micrologs.ingest.RefusalRecords", "write");
    private static final Place LIMITER = new Place("http-loop", "io.micrologs.http.LoopWatch", "look");

    private static final Place COUNTER = new Place("ledger", "io.micrologs.server.JournalCounter", "countHere");

    private record Trial(Place place, String error) {}

    @TempDir
    Path temp;

    @Test
    void errorInAnyThread_endsTheProcess_andItsSuccessorCountsEachPageviewOnce() throws Exception {
        String[] database = ServerProcess.onDatabase(TestDatabase.shared().jdbcUrl("fatal_errors"));
        int debug = ServerProcess.freePort();
        Launch launch = new Launch(List.of(), List.of(Failpoint.flag(debug)));
        Path data = temp.resolve("data");
        try (ServerProcess server =
                ServerProcess.start(launch, data, data, ServerProcess.freePort(), "serve", database)) {
            server.awaitAccepting();
            int sent = 0;
            for (Trial trial : trials()) {
                ServerProcess.await(
                        "health to be good",
                        Duration.ofSeconds(60),
                        () -> server.health().path("status").asText().equals("healthy"));
                // Also so that its class is there for the failpoint.
                server.get("/api/v1/ledger", server.secretKey());
                try (Load before = new Load(server, sent, sent + PAGEVIEWS)) {
                    before.finish();
                }
                Load load;
                try (Failpoint failpoint =
                        Failpoint.arm(debug, trial.place.className, trial.place.method, trial.error)) {
                    load = new Load(server, sent + PAGEVIEWS, sent + 2 * PAGEVIEWS);
                    askForTheLedger(server);
                    failpoint.raise();
                    assertThat(server.awaitExit())
                            .as("%s, -Dfaults.seed=%d; it said:%n%s", trial, SEED, server.output())
                            .isEqualTo(LastResort.EXIT_CODE);
                }
                assertThat(server.output().lines())
                        .as("one line that says why")
                        .anyMatch(line -> line.contains("the process ends, to be started again clean: " + trial.error)
                                && line.contains("in thread " + trial.place.thread));
                // What a supervisor does.
                server.restart();
                load.finish();
                load.close();
                sent += 2 * PAGEVIEWS;
            }
            server.assertCounted(sent);
        }
    }

    /** Who asks is not answered: the server ends. */
    private static void askForTheLedger(ServerProcess server) {
        Thread asks = new Thread(() -> {
            try {
                server.get("/api/v1/ledger", server.secretKey());
            } catch (RuntimeException | AssertionError e) {
                // As it should be.
            }
        });
        asks.setDaemon(true);
        asks.start();
    }

    /** A few in every build, each place with each error under {@code -Pfaults}. */
    private static List<Trial> trials() {
        if (TRIALS == 0) {
            return List.of(new Trial(HANDLER, OUT_OF_MEMORY), new Trial(APPEND, INTERNAL), new Trial(LOADER, LINKAGE));
        }
        List<Trial> all = new ArrayList<>();
        for (Place place : List.of(HANDLER, APPEND, LOADER, COMPLETION, WORKER, COUNTER, CONTROL, UPKEEP, LIMITER)) {
            for (String error : List.of(OUT_OF_MEMORY, INTERNAL, LINKAGE)) {
                all.add(new Trial(place, error));
            }
        }
        Collections.shuffle(all, new Random(SEED));
        return all;
    }
}

package io.micrologs.faults;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} of one role, and SIGTERM, while the others go on in processes of their own. */
class RolesFaultsIT {
    @TempDir
    private static Path temp;

    private static Drill drill;

    @BeforeAll
    static void start() {
        Deployment.Access database = Deployment.Access.fresh("faults_roles");
        drill = new Drill(Deployment.apart(temp, database, database), temp, new Trials(RolesFaultsIT.class));
    }

    @AfterAll
    static void stop() {
        if (drill != null) {
            drill.close();
        }
    }

    @Test
    void ingestKilled_nothingAcknowledgedIsLost() {
        drill.run("kill -9 of ingest", Trials.count(), () -> killed(drill.deployment.ingest()));
    }

    @Test
    void loaderKilled_nothingCountsTwice() {
        drill.run("kill -9 of the loader", Trials.count(), () -> killed(drill.deployment.load()));
    }

    @Test
    void oracle_objectsToAnEventTooManyAndToOneTooFew() {
        drill.doubt();
    }

    @Test
    void ingestStopped_everyRequestInFlightIsAnsweredOrNotTaken() {
        drill.stop(drill.deployment.ingest(), Trials.countOfTenth());
    }

    private static long killed(Node node) {
        node.kill();
        return node.start();
    }
}

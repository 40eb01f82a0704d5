package io.micrologs.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RestartPauseTest {
    private final RestartPause pause = new RestartPause();

    @Test
    void deathAfterSteadyAnswers_isFollowedByAStartAtOnce_howeverOften() {
        for (int i = 0; i < 200; i++) {
            assertThat(pause.afterDeath(RestartPause.STEADY)).isEqualTo(RestartPause.FIRST);
        }
    }

    @Test
    void deathsInARow_wait_butLeaveTimeToLoadAgainWithin15Seconds() {
        Duration before = Duration.ZERO;
        for (int i = 0; i < 5; i++) {
            Duration next = pause.afterDeath(Duration.ofSeconds(1));
            assertThat(next).isGreaterThan(before);
            before = next;
        }
        for (int i = 0; i < 200; i++) {
            assertThat(pause.afterDeath(Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(5));
            assertThat(pause.afterFailedStart()).isEqualTo(Duration.ofSeconds(5));
        }
        assertThat(pause.afterDeath(RestartPause.STEADY)).isEqualTo(RestartPause.FIRST);
    }
}

package io.micrologs.bench.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class VisitQueueTest {
    @Test
    void visits_comeOutInTheOrderInWhichTheyAreDue() {
        VisitQueue queue = new VisitQueue();
        SplittableRandom random = new SplittableRandom(1);
        assertThat(queue.dueMs()).isEqualTo(Long.MAX_VALUE);
        for (int i = 0; i < 1_000; i++) {
            Visit visit = new Visit();
            visit.dueMs = random.nextInt(500);
            queue.add(visit);
        }
        long last = -1;
        for (int i = 0; i < 1_000; i++) {
            assertThat(queue.dueMs()).isGreaterThanOrEqualTo(last);
            last = queue.dueMs();
            assertThat(queue.remove().dueMs).isEqualTo(last);
        }
        assertThat(queue.dueMs()).isEqualTo(Long.MAX_VALUE);
        assertThat(queue.sizeMax()).isEqualTo(1_000);
    }
}

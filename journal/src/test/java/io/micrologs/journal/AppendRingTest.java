package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AppendRingTest {
    private static final int SIZE = 64;

    private final AppendRing ring = new AppendRing(SIZE);
    private final AppendLane lane = new AppendLane(Runnable::run);

    @Test
    void offer_takesAsManyAsTheSize_andKeepsTheirOrder() {
        List<Append> offered = new ArrayList<>();
        for (int lap = 0; lap < 5; lap++) {
            for (int i = 0; i < SIZE; i++) {
                Append append = append();
                offered.add(append);
                assertThat(ring.offer(append)).isTrue();
            }
            assertThat(ring.offer(append())).isFalse();
            assertThat(ring.size()).isEqualTo(SIZE);
            for (int i = 0; i < SIZE; i++) {
                assertThat(ring.poll()).isSameAs(offered.get(lap * SIZE + i));
            }
            assertThat(ring.poll()).isNull();
            assertThat(ring.size()).isZero();
        }
    }

    @Test
    void closed_refuses_andGivesOutWhatItHas() {
        Append append = append();
        ring.offer(append);

        ring.close();
        ring.close();

        assertThat(ring.offer(append())).isFalse();
        assertThat(ring.size()).isEqualTo(1);
        assertThat(ring.poll()).isSameAs(append);
        assertThat(ring.size()).isZero();
    }

    @Test
    void closedAmidOffers_losesAndDoublesNone() throws InterruptedException {
        for (int run = 0; run < 50; run++) {
            AppendRing contended = new AppendRing(SIZE);
            Set<Append> taken = ConcurrentHashMap.newKeySet();
            AtomicInteger offering = new AtomicInteger(3);
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                threads.add(new Thread(() -> {
                    for (int i = 0; i < 5000; i++) {
                        Append append = append();
                        if (contended.offer(append)) {
                            taken.add(append);
                        }
                    }
                    offering.decrementAndGet();
                }));
            }
            threads.forEach(Thread::start);
            List<Append> polled = new ArrayList<>();
            while (offering.get() > 0 || contended.size() > 0) {
                Append append = contended.poll();
                if (append != null) {
                    polled.add(append);
                }
                if (polled.size() == 500) {
                    contended.close();
                }
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(polled).doesNotHaveDuplicates().hasSize(taken.size());
            assertThat(taken).containsAll(polled);
        }
    }

    private Append append() {
        return new Append(lane) {
            @Override
            protected void completed(boolean appended) {}
        };
    }
}

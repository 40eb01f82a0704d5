package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class RecentViewsTest {

    @Test
    void windowEdges_areExact() {
        RecentViews views = new RecentViews(10);
        views.counted(1, 2, 3, 1_000);
        assertThat(views.isRepeat(1, 2, 3, 300_999)).isTrue();
        assertThat(views.isRepeat(1, 2, 3, 301_000)).isFalse();
        assertThat(views.isRepeat(2, 2, 3, 1_000)).isFalse();
        assertThat(views.isRepeat(1, 3, 2, 1_000)).isFalse();
    }

    @Test
    void atTheMaximumAndOnePastIt_theOldestMakesRoom() {
        RecentViews views = new RecentViews(5_000);
        for (int i = 0; i < 5_000; i++) {
            views.counted(1, i, i, 1_000);
        }
        assertThat(views.evictions()).isZero();
        assertThat(views.isRepeat(1, 0, 0, 1_000)).isTrue();
        views.counted(1, -1, -1, 1_000);
        assertThat(views.evictions()).isEqualTo(1);
        assertThat(views.isRepeat(1, 0, 0, 1_000)).isFalse();
        assertThat(views.isRepeat(1, 1, 1, 1_000)).isTrue();
        assertThat(views.size()).isEqualTo(5_000);
    }

    @Property(tries = 100)
    void randomViews_agreeWithAPlainMap(@ForAll long seed) {
        Random random = new Random(seed);
        RecentViews views = new RecentViews(100_000);
        Map<List<Long>, Long> plain = new HashMap<>();
        int visitors = 1 + random.nextInt(2_000);
        long timeMs = 0;
        for (int i = 0; i < 5_000; i++) {
            timeMs += random.nextInt(500);
            int project = random.nextInt(2);
            long visitor = random.nextInt(visitors);
            long page = random.nextInt(3);
            Long last = plain.get(List.of((long) project, visitor, page));
            boolean repeat = last != null && timeMs - last < RecentViews.WINDOW_MS;
            assertThat(views.isRepeat(project, visitor, page, timeMs)).isEqualTo(repeat);
            if (!repeat) {
                views.counted(project, visitor, page, timeMs);
                plain.put(List.of((long) project, visitor, page), timeMs);
            }
        }
        assertThat(views.evictions()).isZero();
    }
}

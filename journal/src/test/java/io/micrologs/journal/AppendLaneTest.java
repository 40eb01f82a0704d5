package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class AppendLaneTest {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final AppendLane lane = new AppendLane(tasks::add);
    private final List<String> told = new ArrayList<>();

    @Test
    void publish_handsOverARoundAsOneTask_inOrder() {
        assertThat(lane.add(append("a"), true)).isTrue();
        assertThat(lane.add(append("b"), false)).isFalse();
        assertThat(lane.add(append("c"), true)).isFalse();
        assertThat(tasks).isEmpty();

        lane.publish();

        assertThat(tasks).hasSize(1);
        tasks.remove().run();
        assertThat(told).containsExactly("a true", "b false", "c true");
    }

    @Test
    void laterRounds_joinATaskThatHasNotRun_inOrder() {
        lane.add(append("a"), true);
        lane.add(append("b"), true);
        lane.publish();
        lane.add(append("c"), false);
        lane.add(append("d"), true);
        lane.publish();

        assertThat(tasks).hasSize(1);
        tasks.remove().run();
        assertThat(told).containsExactly("a true", "b true", "c false", "d true");

        lane.add(append("e"), true);
        lane.publish();
        tasks.remove().run();
        assertThat(told).last().isEqualTo("e true");
    }

    @Test
    void completionThatThrows_doesNotTouchTheOthers() {
        lane.add(
                new Append(lane) {
                    @Override
                    protected void completed(boolean appended) {
                        throw new IllegalStateException("on purpose");
                    }
                },
                true);
        lane.add(append("b"), true);
        lane.publish();

        tasks.remove().run();

        assertThat(told).containsExactly("b true");
    }

    @Test
    void endedLoop_isNotTheWritersProblem() {
        AppendLane ended = new AppendLane(task -> {
            throw new RejectedExecutionException();
        });
        ended.add(append("a"), true);

        ended.publish();

        assertThat(told).isEmpty();
    }

    @Test
    void loopThatHasEnded_doesNotWrite_howeverOftenItIsAsked() {
        AppendLane ended = AppendLane.writing(task -> {
            throw new RejectedExecutionException("ended");
        });

        assertThat(ended.askToWrite(() -> {})).isFalse();
        assertThat(ended.askToWrite(() -> {})).isFalse();
    }

    @Test
    void useInFlight_isRefused() {
        Append append = append("a");
        append.inFlight = true;

        assertThatThrownBy(append::clear).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> append.add(Samples.envelope(1), Samples.pageview(1)))
                .isInstanceOf(IllegalStateException.class);
    }

    private Append append(String name) {
        return new Append(lane) {
            @Override
            protected void completed(boolean appended) {
                told.add(name + " " + appended);
            }
        };
    }
}

package io.micrologs.faults;

import java.time.Duration;
import java.util.List;

/** What a process has logged since it was made; a start is waited for, which has lines of its own. */
final class LogLines {
    private static final Duration START_MAX = Duration.ofSeconds(120);

    private final Node node;
    private final int from;

    LogLines(Node node) {
        this.node = node;
        Await.until(
                () -> "the start: " + node.log(),
                START_MAX,
                () -> node.log().lastIndexOf(" started in ") > node.log().lastIndexOf("Picked up JDK_JAVA_OPTIONS"));
        this.from = node.log().length();
    }

    List<String> now() {
        return node.log().substring(from).lines().toList();
    }
}

package io.micrologs.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** I6: memory, descriptors and threads of the processes, early and late in a run. */
final class Vitals {
    /** Connections and files that come and go by the moment. */
    private static final int DESCRIPTORS_MORE_MAX = 24;

    private static final int THREADS_MORE_MAX = 12;
    /** The heap may fill up to its 512 MB, whatever it holds; what grows beyond is not heap. */
    private static final long RESIDENT_MAX_KB = 1_100_000;

    /** @param residentKb memory that is not shared with files: a mapped journal is not the process's own */
    private record Sample(int descriptors, int threads, long residentKb) {
        @Override
        public String toString() {
            return descriptors + " descriptors, " + threads + " threads, " + residentKb / 1_024 + " MB";
        }
    }

    private final Map<String, Sample> early = new TreeMap<>();
    private final Map<String, Sample> late = new TreeMap<>();
    private int rounds;

    /** At the same point of each round. */
    void take(List<Node> nodes) {
        rounds++;
        for (Node node : nodes) {
            Sample sample = sample(node.pid());
            // The very first round warms up.
            if (rounds <= 2) {
                early.put(node.role(), sample);
            }
            late.put(node.role(), sample);
        }
    }

    private static Sample sample(long pid) {
        Path process = Path.of("/proc", Long.toString(pid));
        try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
            Map<String, Long> status = new TreeMap<>();
            for (String line : Files.readAllLines(process.resolve("status"))) {
                String[] parts = line.split("[:\\s]+");
                if (parts[0].matches("Threads|RssAnon")) {
                    status.put(parts[0], Long.parseLong(parts[1]));
                }
            }
            return new Sample((int) descriptors.count(), status.get("Threads").intValue(), status.get("RssAnon"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void check() {
        StringBuilder wrong = new StringBuilder();
        late.forEach((role, sample) -> {
            Sample first = early.get(role);
            if (sample.descriptors > first.descriptors + DESCRIPTORS_MORE_MAX
                    || sample.threads > first.threads + THREADS_MORE_MAX
                    || sample.residentKb > RESIDENT_MAX_KB) {
                wrong.append("\nI6 ")
                        .append(role)
                        .append(" had ")
                        .append(first)
                        .append(", has ")
                        .append(sample);
            }
        });
        if (!wrong.isEmpty()) {
            throw new AssertionError(wrong.toString());
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        late.forEach((role, sample) -> text.append("\n  ")
                .append(role)
                .append(": ")
                .append(early.get(role))
                .append(" → ")
                .append(sample));
        return text.toString();
    }
}

package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The system calls of a real process. It has one event in flight, and offers the next one when the last was acknowledged:
 * so an event was appended behind the answer before its own, and the force between these two answers is its force.
 */
class PowerSafetyIT {
    private static final int ANSWERS = 60;
    private static final int ROLL_EVERY = 20;
    private static final Pattern CALL = Pattern.compile("(\\d+) +(?:(\\w+)\\((.*)|<\\.\\.\\. (\\w+) resumed>(.*))");

    @TempDir
    Path temporary;

    /** A completed call: what it was given, as strace writes it, and what it returned. */
    private record Call(String name, String arguments) {
        boolean isForceOfACycle() {
            return (name.equals("fdatasync") || name.equals("fsync"))
                    && arguments.contains(".cq4>")
                    && arguments.endsWith("= 0");
        }

        boolean isAnswer() {
            return name.equals("write") && arguments.startsWith("1<") && arguments.endsWith("= 8");
        }
    }

    @Test
    void powerMode_forcesTheCycleFileBeforeEachAnswer() throws Exception {
        List<Call> calls = callsOfTheWriter(Durability.POWER);
        int answers = 0;
        boolean forced = false;
        for (Call call : calls) {
            if (call.isForceOfACycle()) {
                forced = true;
            } else if (call.isAnswer()) {
                answers++;
                assertThat(forced)
                        .as("forced before answer %s of %s", answers, calls)
                        .isTrue();
                forced = false;
            }
        }
        assertThat(answers).isGreaterThanOrEqualTo(ANSWERS);
        // Rolled in between: the directory names the new files.
        assertThat(calls).filteredOn(call -> call.name().equals("fsync")).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void processMode_forcesNothing() throws Exception {
        assertThat(callsOfTheWriter(Durability.PROCESS)).noneMatch(Call::isForceOfACycle);
    }

    /** The calls of the thread that writes the answers, from its first answer on. */
    private List<Call> callsOfTheWriter(Durability durability) throws IOException, InterruptedException {
        Path trace = temporary.resolve(durability + ".strace");
        List<String> strace =
                List.of("strace", "-f", "-y", "-e", "trace=fsync,fdatasync,msync,write,sendto", "-o", trace.toString());
        try (AppendingProcess process =
                AppendingProcess.start(strace, temporary.resolve(durability.name()), 1, ROLL_EVERY, durability, 1)) {
            for (int i = 1; i <= ANSWERS; i++) {
                assertThat(process.next()).isEqualTo(i);
            }
            process.killTraced();
        }
        Map<String, List<Call>> byThread = parse(Files.readAllLines(trace, StandardCharsets.ISO_8859_1));
        return byThread.values().stream()
                .filter(calls -> calls.stream().filter(Call::isAnswer).count() >= ANSWERS - 1)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no thread has written the answers: " + byThread.keySet()));
    }

    private static Map<String, List<Call>> parse(List<String> lines) {
        Map<String, List<Call>> byThread = new HashMap<>();
        Map<String, String> unfinished = new HashMap<>();
        for (String line : lines) {
            Matcher matcher = CALL.matcher(line);
            if (!matcher.matches()) {
                continue;
            }
            String thread = matcher.group(1);
            if (matcher.group(2) == null) {
                complete(byThread, thread, matcher.group(4), unfinished.remove(thread) + matcher.group(5));
            } else if (line.endsWith("<unfinished ...>")) {
                unfinished.put(thread, matcher.group(3));
            } else {
                complete(byThread, thread, matcher.group(2), matcher.group(3));
            }
        }
        return byThread;
    }

    private static void complete(Map<String, List<Call>> byThread, String thread, String name, String arguments) {
        byThread.computeIfAbsent(thread, key -> new ArrayList<>()).add(new Call(name, arguments));
    }
}

package io.micrologs.bench;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestRunTest {
    private final StringWriter text = new StringWriter();
    private final PrintWriter out = new PrintWriter(text, true);

    private IngestReport run(StandIn server, @Nullable String secret, boolean waitDrained) throws Exception {
        return run(server, secret, waitDrained, 0, 0);
    }

    private IngestReport run(
            StandIn server, @Nullable String secret, boolean waitDrained, int openLoopPercent, int batch)
            throws Exception {
        IngestPlan plan = new IngestPlan(
                server.url(),
                "public",
                secret,
                "localhost",
                ProcessHandle.current().pid(),
                8,
                2,
                1,
                1,
                0,
                openLoopPercent,
                batch,
                waitDrained);
        return new IngestRun(plan, Duration.ofSeconds(1), out).measure();
    }

    @Test
    void run_countsEachAcceptedEventAndReports(@TempDir Path directory) throws Exception {
        try (StandIn server = new StandIn(StandIn.Fault.NONE, true)) {
            IngestReport report = run(server, StandIn.SECRET_KEY, true);
            assertThat(report.accepted()).isEqualTo(server.accepted()).isGreaterThan(2);
            assertThat(report.verified()).isTrue();
            Round round = report.rounds().get(0);
            assertThat(round.server().leg().accepted()).isEqualTo(server.accepted() - 2);
            assertThat(round.ratio()).isPositive();
            assertThat(round.drainedRate())
                    .isPositive()
                    .isLessThanOrEqualTo(round.server().leg().rate());

            report.report("the command").print(out);
            assertThat(text.toString())
                    .contains(
                            "accepted/s", "ratio to the bare responder", "drained/s", "p99 ms", "server CPU us/request")
                    .contains("every answer 202, each one stored and counted once")
                    .contains("the command");
            Path file = directory.resolve("figures.json");
            report.report("the command").writeJson(file);
            JsonNode json = new ObjectMapper().readTree(file.toFile());
            assertThat(json.at("/figures/accepted~1s/median").asDouble()).isPositive();
            assertThat(json.get("conclusion").asText()).endsWith("each one stored and counted once");
            assertThat(json.get("accepted").asLong()).isEqualTo(server.accepted());
            assertThat(json.get("verified").asBoolean()).isTrue();
        }
    }

    @Test
    void steadyRateAndBatches_areLegsOfTheirOwnAndCountToo() throws Exception {
        try (StandIn server = new StandIn(StandIn.Fault.NONE, true)) {
            IngestReport report = run(server, StandIn.SECRET_KEY, true, 50, 10);
            assertThat(report.verified()).isTrue();
            assertThat(report.accepted()).isEqualTo(server.accepted());
            Round round = report.rounds().get(0);
            Measured steady = requireNonNull(round.steady());
            Measured batches = requireNonNull(round.batches());
            assertThat(steady.leg().accepted())
                    .isBetween(
                            round.server().leg().accepted() / 4,
                            round.server().leg().accepted());
            assertThat(round.server().leg().accepted()
                            + steady.leg().accepted()
                            + 10 * batches.leg().accepted())
                    .isEqualTo(server.accepted() - 2);
            report.report("the command").print(out);
            assertThat(text.toString())
                    .contains("open loop at 50 %, p99 ms", "batches of 10, events/s", "events/s in batches to single");
        }
    }

    @Test
    void serverWithoutLoader_isMeasuredAndSaysWhatWasNotChecked() throws Exception {
        try (StandIn server = new StandIn(StandIn.Fault.NONE, false)) {
            IngestReport report = run(server, StandIn.SECRET_KEY, true);
            assertThat(report.verified()).isFalse();
            assertThat(report.warnings())
                    .contains("not verified that each accepted event is stored: this server does not load")
                    .anyMatch(warning -> warning.contains("trusted.proxies=127.0.0.1/32"));
        }
    }

    @Test
    void noWaitDrained_neitherWaitsNorVerifies() throws Exception {
        try (StandIn server = new StandIn(StandIn.Fault.LOSES, true)) {
            assertThat(run(server, null, false).verified()).isFalse();
        }
    }

    @Test
    void anythingBut202_isVoidAndQuoted() throws Exception {
        try (StandIn server = new StandIn(StandIn.Fault.REFUSES, true)) {
            assertThatThrownBy(() -> run(server, StandIn.SECRET_KEY, true))
                    .isInstanceOf(BenchException.class)
                    .hasMessageContaining("answers 202")
                    .hasMessageContaining("503")
                    .hasMessageContaining("Overloaded");
        }
    }

    @Test
    void lostEvents_areVoid() throws Exception {
        try (StandIn server = new StandIn(StandIn.Fault.LOSES, true)) {
            assertThatThrownBy(() -> run(server, StandIn.SECRET_KEY, true))
                    .isInstanceOf(BenchException.class)
                    .hasMessageMatching("not drained: \\d+ accepted events are not counted.*");
        }
    }

    @Test
    void eventsCountedTwice_areVoid() throws Exception {
        try (StandIn server = new StandIn(StandIn.Fault.DOUBLES, true)) {
            assertThatThrownBy(() -> run(server, StandIn.SECRET_KEY, true))
                    .isInstanceOf(BenchException.class)
                    .hasMessageContaining("too many");
        }
    }

    @Test
    void forwardedAddressIgnored_isRefusedAtOnce() throws Exception {
        try (StandIn server = new StandIn(StandIn.Fault.ONE_ADDRESS, true)) {
            assertThatThrownBy(() -> run(server, StandIn.SECRET_KEY, true))
                    .isInstanceOf(BenchException.class)
                    .hasMessageContaining("trusted.proxies=127.0.0.1/32");
            assertThat(server.accepted()).isEqualTo(2);
        }
    }

    @Test
    void wrongSecretKey_saysSo() throws Exception {
        try (StandIn server = new StandIn(StandIn.Fault.NONE, true)) {
            assertThatThrownBy(() -> run(server, "other", true))
                    .isInstanceOf(BenchException.class)
                    .hasMessageContaining("401")
                    .hasMessageContaining("--secret-key");
        }
    }
}

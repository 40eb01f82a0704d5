package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private static final long LEG_NANOS_MAX = 60_000_000_000L;
    private static final byte[] ACCEPTED = answer("202 Accepted");
    private static final byte[] REFUSED = answer("503 Service Unavailable");

    private static byte[] answer(String status) {
        return ("HTTP/1.1 " + status + "\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private final Workload workload = new Workload("127.0.0.1", "localhost", "k".repeat(32), 1);

    private Leg run(byte[] answered, long nanos) throws Exception {
        try (BareProcess bare = BareProcess.start(System.getProperty("java.home") + "/bin/java", answered)) {
            return new Generator(bare.address(), workload).run(8, nanos);
        }
    }

    private Leg runPaced(long nanos, double perSecond) throws Exception {
        try (BareProcess bare = BareProcess.start(System.getProperty("java.home") + "/bin/java", ACCEPTED)) {
            return new Generator(bare.address(), workload).run(8, nanos, perSecond);
        }
    }

    @Test
    void everyRequest_isAnsweredAndCounted() throws Exception {
        // A machine with much else to do may take a second for the first answers.
        long nanos = 250_000_000L;
        long before = 0;
        Leg leg = run(ACCEPTED, nanos);
        while (leg.accepted() == 8 && nanos < LEG_NANOS_MAX) {
            before = workload.events();
            nanos *= 2;
            leg = run(ACCEPTED, nanos);
        }
        assertThat(leg.clean()).isTrue();
        assertThat(leg.trouble()).isNull();
        assertThat(leg.accepted()).isEqualTo(workload.events() - before).isGreaterThan(8);
        assertThat(leg.latencies().count()).isEqualTo(leg.accepted());
        assertThat(leg.nanos()).isGreaterThanOrEqualTo(nanos);
        assertThat(leg.generatorNanos()).isPositive();
    }

    @Test
    void legThatIsOver_endsWithTheAnswersDue() throws Exception {
        Leg leg = run(ACCEPTED, 1);
        assertThat(leg.clean()).isTrue();
        assertThat(leg.accepted()).isEqualTo(8);
    }

    @Test
    void openLoop_sendsWhatIsDueAndNoMore() throws Exception {
        Leg leg = runPaced(250_000_000L, 400);
        assertThat(leg.clean()).isTrue();
        assertThat(leg.accepted()).isEqualTo(100);
        assertThat(leg.latencies().count()).isEqualTo(100);
        assertThat(leg.nanos()).isGreaterThanOrEqualTo(247_500_000L);
    }

    @Test
    void openLoop_latencyCountsFromWhenARequestWasDue() throws Exception {
        Leg leg = runPaced(5_000_000L, 1_000_000);
        assertThat(leg.accepted()).isEqualTo(5_000);
        // All were due within 5 ms, and the last answer came when the leg ended.
        long lastAnswerMicros = leg.nanos() / 1_000;
        assertThat(leg.latencies().micros(1)).isBetween(lastAnswerMicros - 5_000 - 1_000, lastAnswerMicros);
    }

    @Test
    void anythingBut202_endsTheLegAndSaysWhat() throws Exception {
        Leg leg = run(REFUSED, LEG_NANOS_MAX);
        assertThat(leg.accepted()).isZero();
        assertThat(leg.others()).isEqualTo(8);
        assertThat(leg.clean()).isFalse();
        assertThat(leg.trouble()).isEqualTo("answer HTTP/1.1 503 Service Unavailable {}");
    }
}

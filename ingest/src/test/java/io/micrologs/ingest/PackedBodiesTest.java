package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.ingest.Http.Answer;
import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.Pageview;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bodies of the tracking endpoints with a Content-Encoding; {@link BatchTest} has those of batches. */
class PackedBodiesTest {
    private static final String AUDIT = "{\"action\":\"login\",\"actor\":\"ann\"}";
    private static final String TOO_LARGE = "{\"success\":false,\"message\":\"Payload too large\"}";

    @TempDir
    Path temp;

    @SuppressWarnings("NullAway.Init")
    private Edge edge;

    @SuppressWarnings("NullAway.Init")
    private Http http;

    @BeforeEach
    void open() throws IOException {
        edge = new Edge(temp);
        http = edge.connect();
    }

    @AfterEach
    void close() throws IOException {
        http.close();
        edge.close();
    }

    @Test
    void eachEndpoint_takesGzip() throws IOException {
        String view = "{\"url\":\"https://shop.example/ä\",\"visitor_id\":\"v\",\"session_token\":\"s\"}";
        assertThat(send("/api/track/pageview.php", Edge.PUBLIC, gzip(view), "gzip")
                        .status())
                .isEqualTo(202);
        assertThat(((Pageview) edge.last().event()).url()).isEqualTo("https://shop.example/ä");
        assertThat(send("/api/track/error.php", Edge.SECRET, gzip("{\"message\":\"boom\"}"), "GZIP")
                        .status())
                .isEqualTo(202);
        assertThat(((ErrorEvent) edge.last().event()).message()).isEqualTo("boom");
        assertThat(audit(gzip(AUDIT), "x-gzip").status()).isEqualTo(202);
        assertThat(edge.last().event()).isEqualTo(new AuditEvent("login", "ann", null));
        assertThat(audit(AUDIT.getBytes(StandardCharsets.UTF_8), "identity").status())
                .isEqualTo(202);
    }

    @Test
    void unpackedBodyOfExactlyTheCap_isTaken_aByteMoreAndABombAreTooLarge() throws Exception {
        String most = AUDIT + " ".repeat(Tracking.UNPACKED_BYTES_MAX - AUDIT.length());
        assertThat(audit(gzip(most), "gzip").status()).isEqualTo(202);
        assertThat(audit(gzip(most + " "), "gzip").body()).isEqualTo(TOO_LARGE);
        Answer bomb = audit(gzip(" ".repeat(60 << 20)), "gzip");
        assertThat(bomb.status()).isEqualTo(413);
        assertThat(bomb.body()).isEqualTo(TOO_LARGE);
        assertThat(audit(gzip(AUDIT), "gzip").status()).isEqualTo(202);
        Wait.until(() -> edge.refusals().equals(Map.of(1, Map.of("too_large", 2L))));
    }

    @Test
    void damagedGzip_isRefused() throws IOException {
        byte[] whole = gzip(AUDIT);
        byte[] changed = whole.clone();
        changed[whole.length - 1]++;
        for (byte[] body : new byte[][] {
            new byte[0],
            AUDIT.getBytes(StandardCharsets.UTF_8),
            Arrays.copyOf(whole, whole.length - 1),
            Arrays.copyOf(whole, whole.length + 1),
            changed,
            zlib(AUDIT)
        }) {
            Answer answer = audit(body, "gzip");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).contains("The body is not gzip from its first byte to its last");
        }
        assertThat(audit(gzip("nonsense"), "gzip").body()).contains("Invalid or missing JSON body");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            deflate
            br
            gzip, gzip
            identity, gzip
            gzip;q=1
            aws-chunked
            """)
    void anyOtherCoding_is415_whichSaysWhatIsTaken(String coding) throws IOException {
        Answer answer = audit(gzip(AUDIT), coding);
        assertThat(answer.status()).isEqualTo(415);
        assertThat(answer.header("accept-encoding")).isEqualTo("gzip");
        assertThat(answer.body()).contains("Content-Encoding must be gzip, or left out");
    }

    @Test
    void severalLines_areOneList() throws IOException {
        assertThat(http.request(
                                "POST",
                                "/api/track/audit.php",
                                gzip(AUDIT),
                                "X-API-Key",
                                Edge.SECRET,
                                "Content-Encoding",
                                "gzip",
                                "Content-Encoding",
                                "gzip")
                        .status())
                .isEqualTo(415);
        assertThat(http.request(
                                "POST",
                                "/api/track/audit.php",
                                gzip(AUDIT),
                                "X-API-Key",
                                Edge.SECRET,
                                "Content-Encoding",
                                "",
                                "Content-Encoding",
                                "gzip")
                        .status())
                .isEqualTo(415);
    }

    @Test
    void keyIsLookedAtFirst() throws IOException {
        assertThat(send("/api/track/audit.php", "0".repeat(64), gzip(AUDIT), "br")
                        .status())
                .isEqualTo(401);
    }

    private Answer audit(byte[] body, String coding) throws IOException {
        return send("/api/track/audit.php", Edge.SECRET, body, coding);
    }

    private Answer send(String path, String key, byte[] body, String coding) throws IOException {
        return http.request("POST", path, body, Http.asABrowser("X-API-Key", key, "Content-Encoding", coding));
    }

    private static byte[] gzip(String text) {
        return GunzipTest.packed(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] zlib(String text) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (DeflaterOutputStream zlib = new DeflaterOutputStream(packed)) {
            zlib.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return packed.toByteArray();
    }
}

package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/**
 * Records as released versions have written them, which every later version has to read. A fixture is never written
 * again: what fails here would fail on somebody's journal.
 */
class RecordFixtureTest {
    private static final Envelope FULL = new Envelope(
            42,
            0x0123_4567_89AB_CDEFL,
            true,
            1_790_000_000_123L,
            1_789_999_999_000L,
            -0x1122_3344_5566_7788L,
            0x7766_5544_3322_1100L,
            "Mozilla/5.0 (fixture)",
            "pt-br");
    private static final Envelope BARE = new Envelope(1, -1, false, 1, 0, 0, 0, null, null);

    static final List<JournalRecord> VERSION_1 = List.of(
            record(
                    1,
                    FULL,
                    new Pageview(
                            "https://example.com/ä?utm_source=x",
                            "Größe – \uD83D\uDE00",
                            "https://search.example/",
                            0x0A0B_0C0D_0E0F_1011L,
                            "1920x1080",
                            "Europe/Berlin")),
            record(2, BARE, new Pageview("", null, "", 0, null, null)),
            record(
                    3,
                    FULL,
                    new ErrorEvent(
                            "TypeError",
                            "x is undefined",
                            "app.js",
                            17,
                            "at f (app.js:17)\nat g",
                            "https://example.com/",
                            ErrorEvent.Severity.CRITICAL,
                            ErrorEvent.Environment.STAGING,
                            "{\"a\":1}")),
            record(
                    4,
                    BARE,
                    new ErrorEvent(
                            "E",
                            "",
                            null,
                            null,
                            null,
                            null,
                            ErrorEvent.Severity.INFO,
                            ErrorEvent.Environment.PRODUCTION,
                            null)),
            record(5, FULL, new AuditEvent("user.login", "anna@example.com", "[]")),
            record(6, BARE, new AuditEvent("x", null, null)));

    private static final Envelope LOCATED = new Envelope(
            42,
            0x0123_4567_89AB_CDEFL,
            true,
            1_790_000_000_123L,
            0,
            -0x1122_3344_5566_7788L,
            0x7766_5544_3322_1100L,
            null,
            null,
            new Place("DE", "Bavaria", "München"),
            true,
            0x0102_0304_0506_0708L);

    static final List<JournalRecord> VERSION_1_LOCATED = List.of(
            record(1, LOCATED, new AuditEvent("x", null, null)),
            record(2, LOCATED, new LinkClick(7, "https://search.example/", -0x0A0B_0C0D_0E0F_1011L, true)),
            record(3, BARE, new LinkClick(1, null, 0, false)),
            record(
                    4,
                    new Envelope(0, 5, false, 1_790_000_000_123L, 0, 0, 0, null, null),
                    new Refusals(Map.of("rate_limit", 3L, "key_missing", 1L))));

    @Test
    void version1_isStillRead() throws IOException {
        assertThat(decode("records-1.bin")).isEqualTo(VERSION_1);
    }

    @Test
    void version1_withPlacesClicksAndRefusals_isStillRead() throws IOException {
        assertThat(decode("records-1-located.bin")).isEqualTo(VERSION_1_LOCATED);
    }

    static List<JournalRecord> decode(String resource) throws IOException {
        byte[] all;
        try (InputStream in = RecordFixtureTest.class.getResourceAsStream("/" + resource)) {
            assertThat(in).as(resource).isNotNull();
            all = in.readAllBytes();
        }
        RecordDecoder decoder = new RecordDecoder();
        CRC32C crc32c = new CRC32C();
        List<JournalRecord> records = new ArrayList<>();
        int at = 0;
        while (at < all.length) {
            byte[] frame = Arrays.copyOfRange(all, at, at + RecordFrame.length(all, at));
            assertThat(RecordFrame.problem(frame, frame.length, crc32c)).isNull();
            decoder.decode(frame);
            assertThat(decoder.problem()).isNull();
            records.add(record(RecordFrame.sequence(frame, 0), decoder.envelope(), decoder.event()));
            at += frame.length;
        }
        return records;
    }

    private static JournalRecord record(long sequence, Envelope envelope, Event event) {
        return new JournalRecord(new Checkpoint(0, 0, sequence, 0, 0), envelope, event);
    }
}

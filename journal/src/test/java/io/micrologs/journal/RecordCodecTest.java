package io.micrologs.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32C;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RecordCodecTest {
    private static final int EPOCH = 0xF000_0001;
    private static final long SEQUENCE = 0x0102_0304_0506_0708L;

    private final CRC32C crc32c = new CRC32C();
    private final RecordDecoder decoder = new RecordDecoder();

    // Round trip

    @Property(tries = 2000)
    void anyEvent_roundTrips(@ForAll("envelopes") Envelope envelope, @ForAll("events") Event event) {
        assertRoundTrip(envelope, event);
    }

    @Test
    void everyFieldAtItsMaximum_roundTrips() {
        String face = "\uD83D\uDE00";
        Envelope envelope = new Envelope(
                Integer.MAX_VALUE,
                Long.MIN_VALUE,
                true,
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                -1,
                Long.MAX_VALUE,
                "€".repeat(512),
                face.repeat(8),
                new Place("€€", "€".repeat(100), "€".repeat(100)),
                true,
                Long.MIN_VALUE);
        assertRoundTrip(
                envelope,
                new Pageview(
                        "\uFFFF".repeat(2048),
                        face.repeat(256),
                        "߿".repeat(2048),
                        -1,
                        "\0".repeat(20),
                        "ࠀ".repeat(100)));
        assertRoundTrip(
                envelope,
                new ErrorEvent(
                        "€".repeat(100),
                        "€".repeat(1024),
                        "€".repeat(512),
                        Integer.MAX_VALUE,
                        "€".repeat(65_535),
                        "€".repeat(2048),
                        ErrorEvent.Severity.CRITICAL,
                        ErrorEvent.Environment.DEVELOPMENT,
                        "€".repeat(8192)));
        assertRoundTrip(envelope, new AuditEvent("€".repeat(100), "€".repeat(255), "€".repeat(8192)));
        assertRoundTrip(envelope, new LinkClick(Integer.MAX_VALUE, "€".repeat(2048), -1, true));
        assertRoundTrip(envelope, new Refusals(Map.of("a".repeat(24), Long.MAX_VALUE, "z_", 1L)));
    }

    @Test
    void loneSurrogate_becomesTheReplacementCharacter() {
        RecordDecoder decoded = decoded(Samples.envelope(1), new AuditEvent("a\uD800b\uDC00", "\uDBFF", null));

        assertThat(decoded.event()).isEqualTo(new AuditEvent("a\uFFFDb\uFFFD", "\uFFFD", null));
    }

    @Test
    void severalEvents_standOneBehindTheOther() {
        RecordEncoder encoder = new RecordEncoder();
        encoder.add(Samples.envelope(1), Samples.pageview(1));
        int second = encoder.end();
        encoder.add(Samples.envelope(2), new AuditEvent("login", null, null));

        assertThat(RecordFrame.length(encoder.buffer(), 0)).isEqualTo(second);
        assertThat(second + RecordFrame.length(encoder.buffer(), second)).isEqualTo(encoder.end());
    }

    @Test
    void tooLargeAnEvent_isRefused_andLeavesTheOthersAlone() {
        RecordEncoder encoder = new RecordEncoder();
        encoder.add(Samples.envelope(1), Samples.pageview(1));
        int end = encoder.end();
        AuditEvent tooLarge = new AuditEvent("a".repeat(RecordFrame.LENGTH_MAX), null, null);
        AuditEvent farTooLarge = new AuditEvent("a".repeat(RecordFrame.LENGTH_MAX + 1), null, null);

        assertThatThrownBy(() -> encoder.add(Samples.envelope(2), tooLarge))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> encoder.add(Samples.envelope(2), farTooLarge))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(encoder.end()).isEqualTo(end);
    }

    // Damage

    @Property(tries = 3000)
    void anyFlippedByte_isFound(
            @ForAll("events") Event event, @ForAll @IntRange(max = 1 << 20) int where, @ForAll byte flip) {
        byte[] frame = sealed(Samples.envelope(1), event);
        int at = where % frame.length;
        frame[at] ^= flip == 0 ? 1 : flip;

        assertThat(RecordFrame.problem(frame, frame.length, crc32c)).isNotNull();
    }

    @Property(tries = 1000)
    void cutShort_isFound(@ForAll("events") Event event, @ForAll @IntRange(max = 1 << 20) int where) {
        byte[] frame = sealed(Samples.envelope(1), event);
        int stored = where % frame.length;

        assertThat(RecordFrame.problem(frame, stored, crc32c)).isNotNull();
    }

    @Property(tries = 2000)
    void anyBytes_neverThrow(@ForAll @Size(max = 200) byte[] bytes) {
        byte[] stored = Arrays.copyOf(bytes, Math.max(bytes.length, RecordFrame.LENGTH_MIN));

        RecordFrame.problem(stored, bytes.length, crc32c);
    }

    @Property(tries = 3000)
    void anyBodyUnderASoundFrame_isAnEventOrAProblem(
            @ForAll @Size(max = 120) byte[] body, @ForAll @IntRange(min = 1, max = 3) int kind) {
        byte[] frame = sealed(kind, 7, body);

        assertThat(RecordFrame.problem(frame, frame.length, crc32c)).isNull();
        decoder.decode(frame);
        assertThat(decoder.event() == null).isEqualTo(decoder.problem() != null);
        assertThat(decoder.envelope() == null).isEqualTo(decoder.problem() != null);
    }

    @Test
    void noProject_isAProblem() {
        decoder.decode(sealed(RecordFrame.KIND_AUDIT, 0, field(Fields.AUDIT_ACTION, "login")));

        assertThat(decoder.problem()).isEqualTo("has no project");
    }

    // Later versions

    @Test
    void unknownField_isSkipped() {
        byte[] body = concat(field(31, "a later one"), field(Fields.AUDIT_ACTION, "login"), field(255, ""));

        decoder.decode(sealed(RecordFrame.KIND_AUDIT, 7, body));

        assertThat(decoder.event()).isEqualTo(new AuditEvent("login", null, null));
    }

    @Test
    void unknownKindOrVersion_isNotKnown() {
        assertThat(RecordDecoder.knows(RecordFrame.VERSION, RecordFrame.KIND_AUDIT))
                .isTrue();
        assertThat(RecordDecoder.knows(RecordFrame.VERSION, RecordFrame.KIND_LOST + 1))
                .isFalse();
        assertThat(RecordDecoder.knows(RecordFrame.VERSION + 1, RecordFrame.KIND_AUDIT))
                .isFalse();
    }

    @Provide
    Arbitrary<Envelope> envelopes() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, Integer.MAX_VALUE),
                        Arbitraries.longs(),
                        Arbitraries.of(true, false),
                        Arbitraries.longs(),
                        Arbitraries.longs(),
                        Combinators.combine(Arbitraries.longs(), Arbitraries.longs())
                                .as((visitor, session) -> new long[] {visitor, session}),
                        texts(512).injectNull(0.2),
                        texts(16).injectNull(0.2))
                .as((project, id, fromClient, received, occurred, ids, agent, language) ->
                        new Envelope(project, id, fromClient, received, occurred, ids[0], ids[1], agent, language))
                .flatMap(plain -> Combinators.combine(
                                texts(2).injectNull(0.5),
                                texts(100).injectNull(0.5),
                                texts(100).injectNull(0.5),
                                Arbitraries.of(true, false),
                                Arbitraries.longs())
                        .as((country, region, city, cookieless, earlier) -> new Envelope(
                                plain.projectId(),
                                plain.eventId(),
                                plain.eventIdFromClient(),
                                plain.receivedMs(),
                                plain.occurredMs(),
                                plain.visitorId(),
                                plain.sessionToken(),
                                plain.userAgent(),
                                plain.language(),
                                new Place(country, region, city),
                                cookieless,
                                earlier)));
    }

    @Provide
    Arbitrary<Event> events() {
        Arbitrary<Event> pageviews = Combinators.combine(
                        texts(2048),
                        texts(512).injectNull(0.2),
                        texts(2048).injectNull(0.2),
                        Arbitraries.longs(),
                        texts(20).injectNull(0.2),
                        texts(100).injectNull(0.2))
                .as(Pageview::new);
        Arbitrary<Event> errors = Combinators.combine(
                        texts(100),
                        texts(1024),
                        texts(512).injectNull(0.2),
                        Arbitraries.integers().between(1, Integer.MAX_VALUE).injectNull(0.2),
                        texts(4000).injectNull(0.2),
                        texts(2048).injectNull(0.2),
                        Combinators.combine(
                                        Arbitraries.of(ErrorEvent.Severity.class),
                                        Arbitraries.of(ErrorEvent.Environment.class))
                                .as((severity, environment) -> new Enum<?>[] {severity, environment}),
                        texts(2000).injectNull(0.2))
                .as((type, message, file, line, stack, url, codes, context) -> new ErrorEvent(
                        type,
                        message,
                        file,
                        line,
                        stack,
                        url,
                        (ErrorEvent.Severity) codes[0],
                        (ErrorEvent.Environment) codes[1],
                        context));
        Arbitrary<Event> audits = Combinators.combine(
                        texts(100), texts(255).injectNull(0.2), texts(2000).injectNull(0.2))
                .as(AuditEvent::new);
        Arbitrary<Event> clicks = Combinators.combine(
                        Arbitraries.integers().between(1, Integer.MAX_VALUE),
                        texts(2048).injectNull(0.2),
                        Arbitraries.longs(),
                        Arbitraries.of(true, false))
                .as(LinkClick::new);
        Arbitrary<Event> refusals = Arbitraries.maps(
                        Arbitraries.strings()
                                .withCharRange('a', 'z')
                                .withChars('_')
                                .ofMinLength(1)
                                .ofMaxLength(24),
                        Arbitraries.longs().greaterOrEqual(1))
                .ofMinSize(1)
                .ofMaxSize(12)
                .map(Refusals::new);
        return Arbitraries.oneOf(pageviews, errors, audits, clicks, refusals);
    }

    /** All of Unicode, of any plane; jqwik favours the edges, the empty text among them. */
    private static Arbitrary<String> texts(int charsMax) {
        Arbitrary<String> ascii = Arbitraries.strings().ascii().ofMaxLength(charsMax);
        Arbitrary<String> wide = Arbitraries.integers()
                .between(0, Character.MAX_CODE_POINT)
                .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
                .array(int[].class)
                .ofMaxSize(Math.min(200, charsMax / 2))
                .map(points -> new String(points, 0, points.length));
        return Arbitraries.oneOf(ascii, wide);
    }

    private void assertRoundTrip(Envelope envelope, Event event) {
        RecordDecoder decoded = decoded(envelope, event);

        assertThat(decoded.problem()).isNull();
        assertThat(decoded.envelope()).isEqualTo(envelope);
        assertThat(decoded.event()).isEqualTo(event);
    }

    private RecordDecoder decoded(Envelope envelope, Event event) {
        byte[] frame = sealed(envelope, event);
        assertThat(RecordFrame.problem(frame, frame.length, crc32c)).isNull();
        assertThat(RecordFrame.epoch(frame, 0)).isEqualTo(EPOCH);
        assertThat(RecordFrame.sequence(frame, 0)).isEqualTo(SEQUENCE);
        decoder.decode(frame);
        return decoder;
    }

    private byte[] sealed(Envelope envelope, Event event) {
        RecordEncoder encoder = new RecordEncoder();
        encoder.add(envelope, event);
        RecordFrame.seal(encoder.buffer(), 0, EPOCH, SEQUENCE, crc32c);
        return Arrays.copyOf(encoder.buffer(), encoder.end());
    }

    private byte[] sealed(int kind, int projectId, byte[] body) {
        byte[] frame = new byte[RecordFrame.LENGTH_MIN + body.length];
        RecordFrame.begin(frame, 0, kind, 1, 2, projectId);
        RecordFrame.putInt(frame, RecordFrame.LENGTH_AT, frame.length);
        System.arraycopy(body, 0, frame, RecordFrame.BODY_AT, body.length);
        RecordFrame.seal(frame, 0, EPOCH, SEQUENCE, crc32c);
        return frame;
    }

    private static byte[] field(int number, String value) {
        byte[] field = new byte[Fields.HEADER_BYTES + value.length()];
        RecordFrame.putInt(field, 0, number | value.length() << Fields.NUMBER_BITS);
        for (int i = 0; i < value.length(); i++) {
            field[Fields.HEADER_BYTES + i] = (byte) value.charAt(i);
        }
        return field;
    }

    private static byte[] concat(byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}

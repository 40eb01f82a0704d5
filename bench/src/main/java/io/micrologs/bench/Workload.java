package io.micrologs.bench;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Makes the pageview requests of a run, one after another. Single-threaded: its generator's thread.
 *
 * <p>{@value #VISITORS_AT_ONCE} visitors are on the site at a time. Each has its own agent, language and address, opens
 * {@value #SESSIONS_EACH} sessions of {@value #PAGES_EACH} pages, and never sees a page twice, so that no event is a
 * repeat; then the next {@value #VISITORS_AT_ONCE} come. The first page of a session has a referrer from outside and
 * sometimes a campaign, the first of a visitor also the fingerprint, as the snippet sends it.
 */
final class Workload {
    /*
     * A request is put together by copying prepared pieces into one array: about a microsecond, next to some ten for
     * the two system calls that send it and read its answer. Nothing is allocated.
     *
     * Only Content-Length depends on what was copied. Its place is fixed and is filled in at the end: a body of one event has
     * three digits, the length of a batch is written with zeros before it.
     */
    static final int VISITORS_AT_ONCE = 4_096;
    static final int SESSIONS_EACH = 2;
    static final int PAGES_EACH = 3;
    static final int ADDRESSES = 100_000;
    static final int URLS = 5_000;

    private static final int EVENTS_EACH = SESSIONS_EACH * PAGES_EACH;
    private static final long EVENTS_A_BLOCK = (long) VISITORS_AT_ONCE * EVENTS_EACH;
    private static final int REQUEST_BYTES_MAX = 2_048;
    private static final int LENGTH_DIGITS = 7;
    private static final byte[] HEX = bytes("0123456789abcdef");

    private final WorkloadPieces pieces;
    private final byte[] request;
    private final long run;
    private final int batch;
    private final byte[] beforeBatchLength;
    private final byte[] beforeAgent;
    private final byte[] beforeLanguage = bytes("\r\nAccept: */*\r\nAccept-Language: ");
    private final byte[] beforeAddress;
    private final byte[] beforeLength = bytes("\r\nContent-Length: ");
    private int length;
    private long next;
    private long requestBytes;
    private long bodyBytes;

    /**
     * @param host what goes into the Host header
     * @param domain a domain that the project allows
     * @param run distinguishes this run's visitors and event ids from every other run's
     */
    Workload(String host, String domain, String publicKey, long run) {
        this(host, domain, publicKey, run, 0, "");
    }

    /**
     * Many pageviews a request, as a backend sends them.
     *
     * @param batch how many
     */
    static Workload batches(String host, String domain, String secretKey, long run, int batch) {
        return new Workload(host, domain, "", run, batch, secretKey);
    }

    private Workload(String host, String domain, String publicKey, long run, int batch, String secretKey) {
        this.pieces = new WorkloadPieces(domain);
        this.run = run;
        this.batch = batch;
        this.request = new byte[REQUEST_BYTES_MAX * (1 + batch / 2)];
        this.beforeBatchLength = bytes("POST /api/v1/events HTTP/1.1\r\nHost: " + host
                + "\r\nConnection: keep-alive\r\nX-API-Key: " + secretKey
                + "\r\nContent-Type: application/x-ndjson\r\nContent-Length: ");
        this.beforeAgent = bytes("POST /api/track/pageview.php?k=" + publicKey + " HTTP/1.1\r\nHost: " + host
                + "\r\nConnection: keep-alive\r\nUser-Agent: ");
        this.beforeAddress =
                bytes("\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nContent-Type: text/plain;charset=UTF-8"
                        + "\r\nOrigin: https://" + domain + "\r\nReferer: https://" + domain
                        + "/\r\nSec-Fetch-Dest: empty"
                        + "\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: cross-site\r\nX-Forwarded-For: ");
    }

    /** Puts the next request together; it is in {@link #bytes()} until the next call. Returns its length in bytes. */
    int compose() {
        length = 0;
        if (batch == 0) {
            composeOne();
        } else {
            composeBatch();
        }
        requestBytes += length;
        return length;
    }

    private void composeOne() {
        long event = next++;
        long visitor = visitor(event);
        int taste = taste(visitor);
        put(beforeAgent);
        put(pieces.agents[taste % pieces.agents.length]);
        put(beforeLanguage);
        put(pieces.languages[taste % pieces.languages.length]);
        put(beforeAddress);
        put(pieces.addresses[(int) (visitor % ADDRESSES)]);
        put(beforeLength);
        int lengthAt = length;
        length += 3;
        put(CRLF_CRLF);
        int bodyAt = length;
        put(OPEN);
        body(event, visitor, taste);
        int body = length - bodyAt;
        if (body < 100) {
            throw new IllegalStateException("a body of " + body + " bytes does not fit the prepared header");
        }
        putLength(body, lengthAt, 3);
    }

    private void composeBatch() {
        put(beforeBatchLength);
        int lengthAt = length;
        length += LENGTH_DIGITS;
        put(CRLF_CRLF);
        int bodyAt = length;
        for (int i = 0; i < batch; i++) {
            long event = next++;
            put(OPEN_TYPED);
            body(event, visitor(event), taste(visitor(event)));
            put(LINE_END);
        }
        putLength(length - bodyAt, lengthAt, LENGTH_DIGITS);
    }

    private void putLength(int body, int at, int digits) {
        bodyBytes += body;
        int rest = body;
        for (int i = digits - 1; i >= 0; i--) {
            request[at + i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        if (rest > 0) {
            throw new IllegalStateException("a body of " + body + " bytes does not fit the prepared header");
        }
    }

    private static long visitor(long event) {
        return event / EVENTS_A_BLOCK * VISITORS_AT_ONCE + event % EVENTS_A_BLOCK % VISITORS_AT_ONCE;
    }

    private static int taste(long visitor) {
        return (int) (mix(visitor + 1) >>> 33);
    }

    private static final byte[] CRLF_CRLF = bytes("\r\n\r\n");
    private static final byte[] OPEN = bytes("{");
    private static final byte[] OPEN_TYPED = bytes("{\"type\":\"pageview\",");
    private static final byte[] LINE_END = bytes("\n");
    private static final byte[] EVENT = bytes("\"event_id\":\"");
    private static final byte[] VISITOR = bytes("\",\"visitor_id\":\"");
    private static final byte[] SESSION = bytes("\",\"session_token\":\"");
    private static final byte[] URL = bytes("\",\"url\":\"");
    private static final byte[] TITLE = bytes("\",\"page_title\":\"");
    private static final byte[] REFERRER = bytes("\",\"referrer\":\"");
    private static final byte[] SCREEN = bytes("\",\"screen_resolution\":\"");
    private static final byte[] ZONE = bytes("\",\"timezone\":\"");
    private static final byte[] FINGERPRINT = bytes("\",\"fingerprint\":\"");
    private static final byte[] END = bytes("\"}");

    /** In the snippet's own order of fields. */
    private void body(long event, long visitor, int taste) {
        int page = (int) (event % EVENTS_A_BLOCK / VISITORS_AT_ONCE);
        boolean opensSession = page % PAGES_EACH == 0;
        int url = (taste + page * 37) % URLS;
        put(EVENT);
        uuid(run ^ 0xe7e7L, event);
        put(VISITOR);
        uuid(run, visitor);
        put(SESSION);
        uuid(run ^ 0x5e55_1011L, visitor * SESSIONS_EACH + page / PAGES_EACH);
        put(URL);
        put(pieces.urls[url]);
        if (opensSession && taste % 4 == 0) {
            put(pieces.campaigns[taste / 4 % pieces.campaigns.length]);
        }
        put(TITLE);
        put(pieces.titles[url]);
        put(REFERRER);
        put(
                opensSession
                        ? pieces.referrers[taste % pieces.referrers.length]
                        : pieces.urls[(taste + (page - 1) * 37) % URLS]);
        put(SCREEN);
        put(pieces.screens[taste % pieces.screens.length]);
        put(ZONE);
        put(pieces.zones[taste % pieces.zones.length]);
        if (page == 0) {
            put(FINGERPRINT);
            hex(run, 16);
            hex(mix(visitor), 16);
        }
        put(END);
    }

    /** The buffer {@link #compose} fills; the same array every time. */
    byte[] bytes() {
        return request;
    }

    long events() {
        return next;
    }

    int eventsEach() {
        return Math.max(1, batch);
    }

    /** How many different visitors there were so far. */
    long visitors() {
        return next / EVENTS_A_BLOCK * VISITORS_AT_ONCE + Math.min(next % EVENTS_A_BLOCK, VISITORS_AT_ONCE);
    }

    /** How many different sessions there were so far. */
    long sessions() {
        long opened = 0;
        for (int session = 0; session < SESSIONS_EACH; session++) {
            long before = session * (long) PAGES_EACH * VISITORS_AT_ONCE;
            opened += Math.min(Math.max(next % EVENTS_A_BLOCK - before, 0), VISITORS_AT_ONCE);
        }
        return next / EVENTS_A_BLOCK * VISITORS_AT_ONCE * SESSIONS_EACH + opened;
    }

    long requestBytes() {
        return requestBytes;
    }

    long bodyBytes() {
        return bodyBytes;
    }

    private void put(byte[] piece) {
        System.arraycopy(piece, 0, request, length, piece.length);
        length += piece.length;
    }

    /** As browsers write a random UUID; its bits say which run and which one of it, so that it is unique. */
    private void uuid(long high, long low) {
        hex(high >>> 32, 8);
        request[length++] = '-';
        hex(high >>> 16, 4);
        request[length++] = '-';
        request[length++] = '4';
        hex(high, 3);
        request[length++] = '-';
        request[length++] = 'a';
        hex(low >>> 48, 3);
        request[length++] = '-';
        hex(low, 12);
    }

    private void hex(long value, int digits) {
        for (int i = digits - 1; i >= 0; i--) {
            request[length + i] = HEX[(int) value & 15];
            value >>>= 4;
        }
        length += digits;
    }

    /** A bijection that spreads consecutive numbers (the finalizer of SplitMix64). */
    static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    static long newRun() {
        return new SplittableRandom(System.nanoTime() ^ ProcessHandle.current().pid() << 40).nextLong();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

package io.micrologs.journal;

/**
 * The numbered fields of a record's body. Each is
 *
 * <pre>
 *  0        1        4        4 + length
 *  +--------+--------+-- … --+
 *  | number | length | value |
 *  +--------+--------+-- … --+
 * </pre>
 *
 * <p>with the length in 24 bits. A text is UTF-8, a number is 8 bytes, a flag that is set is a field without a value. What
 * is null, 0 or not set is left out; an empty text is a field of length 0. Numbers are never used again for something
 * else, an unknown one is skipped, and of two with the same number the later holds.
 */
final class Fields {
    static final int NUMBER_BYTES = 1;
    static final int HEADER_BYTES = Integer.BYTES;
    static final int NUMBER_BITS = Byte.SIZE;
    static final int NUMBER_MASK = (1 << NUMBER_BITS) - 1;

    // In every event.
    static final int EVENT_ID_FROM_CLIENT = 1;
    static final int OCCURRED_MS = 2;
    static final int VISITOR_ID = 3;
    static final int SESSION_TOKEN = 4;
    static final int USER_AGENT = 5;
    static final int LANGUAGE = 6;
    static final int COUNTRY_CODE = 7;
    static final int REGION = 8;
    static final int CITY = 9;
    static final int COOKIELESS = 10;
    static final int EARLIER_VISITOR_ID = 11;

    // From here on each kind counts for itself.
    static final int PAGEVIEW_URL = 32;
    static final int PAGEVIEW_TITLE = 33;
    static final int PAGEVIEW_REFERRER = 34;
    static final int PAGEVIEW_FINGERPRINT_KEY = 35;
    static final int PAGEVIEW_SCREEN = 36;
    static final int PAGEVIEW_TIME_ZONE = 37;

    static final int ERROR_TYPE = 32;
    static final int ERROR_MESSAGE = 33;
    static final int ERROR_FILE = 34;
    static final int ERROR_LINE = 35;
    static final int ERROR_STACK = 36;
    static final int ERROR_URL = 37;
    static final int ERROR_SEVERITY = 38;
    static final int ERROR_ENVIRONMENT = 39;
    static final int ERROR_CONTEXT_JSON = 40;

    static final int AUDIT_ACTION = 32;
    static final int AUDIT_ACTOR = 33;
    static final int AUDIT_CONTEXT_JSON = 34;

    static final int CLICK_LINK_ID = 32;
    static final int CLICK_REFERRER = 33;
    static final int CLICK_CLIENT_KEY = 34;
    static final int CLICK_BOT = 35;

    static final int REFUSALS_COUNTS = 32;

    static final int EPOCH_JOURNAL_ID = 32;

    static final int LOST_REASON = 32;

    private Fields() {}
}

package io.micrologs.journal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Encodes records one behind the other into a buffer that it keeps. Single-threaded: its owner. Encoding makes no garbage
 * once the buffer has grown to what its connection needs.
 */
final class RecordEncoder {
    private static final int BUFFER_BYTES = 1024;
    /** A buffer that a stack trace has blown up is not kept for the life of a connection. */
    private static final int BUFFER_BYTES_KEPT = 16 * 1024;
    /** UTF-8 never needs more for a char of UTF-16. */
    private static final int BYTES_PER_CHAR_MAX = 3;

    private static final int REPLACEMENT = 0xFFFD;

    private byte[] buffer = new byte[BUFFER_BYTES];
    private int end;

    byte[] buffer() {
        return buffer;
    }

    /** Where the next record will begin, and how many bytes there are. */
    int end() {
        return end;
    }

    void clear() {
        end = 0;
        if (buffer.length > BUFFER_BYTES_KEPT) {
            buffer = new byte[BUFFER_BYTES];
        }
    }

    /** Adds an event; epoch, sequence and CRC are for the writer. {@link IllegalArgumentException} when it is too large. */
    void add(Envelope envelope, Event event) {
        int start = end;
        try {
            encode(start, envelope, event);
        } catch (IllegalArgumentException e) {
            end = start;
            throw e;
        }
    }

    private void encode(int start, Envelope envelope, Event event) {
        begin(start, kind(event), envelope.eventId(), envelope.receivedMs(), envelope.projectId());
        flag(Fields.EVENT_ID_FROM_CLIENT, envelope.eventIdFromClient());
        number(Fields.OCCURRED_MS, envelope.occurredMs());
        number(Fields.VISITOR_ID, envelope.visitorId());
        number(Fields.SESSION_TOKEN, envelope.sessionToken());
        text(Fields.USER_AGENT, envelope.userAgent());
        text(Fields.LANGUAGE, envelope.language());
        text(Fields.COUNTRY_CODE, envelope.place().countryCode());
        text(Fields.REGION, envelope.place().region());
        text(Fields.CITY, envelope.place().city());
        flag(Fields.COOKIELESS, envelope.cookieless());
        number(Fields.EARLIER_VISITOR_ID, envelope.earlierVisitorId());
        if (event instanceof Pageview pageview) {
            fields(pageview);
        } else if (event instanceof ErrorEvent error) {
            fields(error);
        } else if (event instanceof AuditEvent audit) {
            fields(audit);
        } else if (event instanceof LinkClick click) {
            fields(click);
        } else if (event instanceof Refusals refusals) {
            text(Fields.REFUSALS_COUNTS, refusals.encoded());
        }
        finish(start);
    }

    /** Adds an epoch-start record. */
    void addEpochStart(long journalId, long nowMs) {
        int start = end;
        begin(start, RecordFrame.KIND_EPOCH, 0, nowMs, 0);
        number(Fields.EPOCH_JOURNAL_ID, journalId);
        finish(start);
    }

    /** Adds what stands for an event whose record is gone. */
    void addLost(String reason, long nowMs) {
        int start = end;
        begin(start, RecordFrame.KIND_LOST, 0, nowMs, 0);
        text(Fields.LOST_REASON, reason);
        finish(start);
    }

    private static int kind(Event event) {
        if (event instanceof Pageview) {
            return RecordFrame.KIND_PAGEVIEW;
        } else if (event instanceof ErrorEvent) {
            return RecordFrame.KIND_ERROR;
        } else if (event instanceof AuditEvent) {
            return RecordFrame.KIND_AUDIT;
        }
        return event instanceof LinkClick ? RecordFrame.KIND_CLICK : RecordFrame.KIND_REFUSALS;
    }

    private void fields(Pageview pageview) {
        text(Fields.PAGEVIEW_URL, pageview.url());
        text(Fields.PAGEVIEW_TITLE, pageview.title());
        text(Fields.PAGEVIEW_REFERRER, pageview.referrer());
        number(Fields.PAGEVIEW_FINGERPRINT_KEY, pageview.fingerprintKey());
        text(Fields.PAGEVIEW_SCREEN, pageview.screen());
        text(Fields.PAGEVIEW_TIME_ZONE, pageview.timeZone());
    }

    private void fields(ErrorEvent error) {
        text(Fields.ERROR_TYPE, error.type());
        text(Fields.ERROR_MESSAGE, error.message());
        text(Fields.ERROR_FILE, error.file());
        Integer line = error.line();
        if (line != null) {
            presentNumber(Fields.ERROR_LINE, line);
        }
        text(Fields.ERROR_STACK, error.stack());
        text(Fields.ERROR_URL, error.url());
        presentNumber(Fields.ERROR_SEVERITY, error.severity().code);
        presentNumber(Fields.ERROR_ENVIRONMENT, error.environment().code);
        text(Fields.ERROR_CONTEXT_JSON, error.contextJson());
    }

    private void fields(AuditEvent audit) {
        text(Fields.AUDIT_ACTION, audit.action());
        text(Fields.AUDIT_ACTOR, audit.actor());
        text(Fields.AUDIT_CONTEXT_JSON, audit.contextJson());
    }

    private void fields(LinkClick click) {
        presentNumber(Fields.CLICK_LINK_ID, click.linkId());
        text(Fields.CLICK_REFERRER, click.referrer());
        number(Fields.CLICK_CLIENT_KEY, click.clientKey());
        flag(Fields.CLICK_BOT, click.bot());
    }

    private void begin(int start, int kind, long eventId, long receivedMs, int projectId) {
        reserve(RecordFrame.BODY_AT);
        RecordFrame.begin(buffer, start, kind, eventId, receivedMs, projectId);
        end = start + RecordFrame.BODY_AT;
    }

    private void finish(int start) {
        reserve(RecordFrame.CRC_BYTES);
        int length = end + RecordFrame.CRC_BYTES - start;
        if (length > RecordFrame.LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "an event takes " + length + " bytes, at most " + RecordFrame.LENGTH_MAX + " are possible");
        }
        RecordFrame.putInt(buffer, start + RecordFrame.LENGTH_AT, length);
        end = start + length;
    }

    private void flag(int field, boolean set) {
        if (set) {
            header(field, 0);
        }
    }

    private void number(int field, long value) {
        if (value != 0) {
            presentNumber(field, value);
        }
    }

    private void presentNumber(int field, long value) {
        header(field, Long.BYTES);
        RecordFrame.putLong(buffer, end, value);
        end += Long.BYTES;
    }

    private void text(int field, @Nullable String text) {
        if (text == null) {
            return;
        }
        if (text.length() > RecordFrame.LENGTH_MAX) {
            throw new IllegalArgumentException("field " + field + " has " + text.length() + " characters");
        }
        int headerAt = end;
        header(field, text.length() * BYTES_PER_CHAR_MAX);
        int length = utf8(text, buffer, end);
        RecordFrame.putInt(buffer, headerAt, field | length << Fields.NUMBER_BITS);
        end += length;
    }

    /** Writes the header of a field and makes room for its value. */
    private void header(int field, int valueBytesMax) {
        reserve(Fields.HEADER_BYTES + valueBytesMax);
        RecordFrame.putInt(buffer, end, field | valueBytesMax << Fields.NUMBER_BITS);
        end += Fields.HEADER_BYTES;
    }

    private void reserve(int count) {
        if (buffer.length - end < count) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, end + count));
        }
    }

    /** Encodes without the array that {@code String.getBytes} would make. A lone surrogate becomes U+FFFD. */
    private static int utf8(String text, byte[] into, int start) {
        int at = start;
        int count = text.length();
        for (int i = 0; i < count; i++) {
            int c = text.charAt(i);
            if (c < 0x80) {
                into[at++] = (byte) c;
                continue;
            }
            if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                c = text.codePointAt(i);
                if (c >= Character.MIN_SUPPLEMENTARY_CODE_POINT) {
                    i++;
                    into[at++] = (byte) (0xF0 | c >> 18);
                    into[at++] = (byte) (0x80 | c >> 12 & 0x3F);
                    into[at++] = (byte) (0x80 | c >> 6 & 0x3F);
                    into[at++] = (byte) (0x80 | c & 0x3F);
                    continue;
                }
                c = REPLACEMENT;
            }
            if (c < 0x800) {
                into[at++] = (byte) (0xC0 | c >> 6);
            } else {
                into[at++] = (byte) (0xE0 | c >> 12);
                into[at++] = (byte) (0x80 | c >> 6 & 0x3F);
            }
            into[at++] = (byte) (0x80 | c & 0x3F);
        }
        return at - start;
    }
}

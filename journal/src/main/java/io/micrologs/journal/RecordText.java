package io.micrologs.journal;

import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A record's bytes for an operator's eyes. What follows a {@code ?} in a text is left out, since URLs carry tokens there, and
 * so are contexts and the hashes of people.
 */
public final class RecordText {

    private static final int ROW_BYTES = 16;
    private static final int DUMPED_BYTES_MAX = 4096;
    private static final Set<String> LEFT_OUT = Set.of(
            "eventId", "visitorId", "sessionToken", "earlierVisitorId", "fingerprintKey", "clientKey", "contextJson");

    private RecordText() {}

    /** The frame's own numbers and what it says, a line each. */
    public static List<String> fields(byte[] bytes) {
        List<String> lines = new ArrayList<>();
        String problem = RecordFrame.problem(bytes, bytes.length, new CRC32C());
        lines.add(line("frame", problem == null ? "sound" : problem));
        lines.add(line("bytes", bytes.length));
        if (bytes.length < RecordFrame.LENGTH_MIN) {
            return lines;
        }
        String claimed = problem == null ? "" : " (claimed)";
        lines.add(line("version, kind" + claimed, RecordFrame.version(bytes, 0) + ", " + RecordFrame.kind(bytes, 0)));
        lines.add(line("length" + claimed, RecordFrame.length(bytes, 0)));
        lines.add(line("epoch" + claimed, Integer.toUnsignedString(RecordFrame.epoch(bytes, 0))));
        lines.add(line("sequence" + claimed, RecordFrame.sequence(bytes, 0)));
        lines.add(line("project" + claimed, RecordFrame.projectId(bytes, 0)));
        lines.add(line("received" + claimed, time(RecordFrame.getLong(bytes, RecordFrame.RECEIVED_MS_AT))));
        if (problem == null && JournalLookup.decode(0, 0, bytes) instanceof Polled.Stored stored) {
            lines.add(line("event", stored.record().event().getClass().getSimpleName()));
            components(stored.record().envelope(), lines);
            components(stored.record().event(), lines);
        }
        return lines;
    }

    private static String line(String name, Object value) {
        return "%-24s %s".formatted(name, value);
    }

    private static String time(long ms) {
        try {
            return Instant.ofEpochMilli(ms).toString();
        } catch (RuntimeException e) {
            return Long.toString(ms);
        }
    }

    private static void components(Object record, List<String> lines) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = value(record, component);
            if (value != null && !value.equals(0L) && !value.equals(false)) {
                boolean hidden = LEFT_OUT.contains(component.getName());
                lines.add(line("  " + component.getName(), hidden ? "(there, not shown)" : shown(value.toString())));
            }
        }
    }

    private static @Nullable Object value(Object record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String shown(String text) {
        return text.replaceAll("\\?[^\\s]+", "?…")
                .replace("\n", "\\n")
                .replace("\t", "\\t")
                .replaceAll("\\p{Cntrl}", "·");
    }

    /** Hexadecimal and text, 16 bytes a line, at most 4 KiB of them. */
    public static List<String> dump(byte[] bytes) {
        byte[] shown = masked(bytes);
        List<String> lines = new ArrayList<>();
        HexFormat hex = HexFormat.ofDelimiter(" ");
        for (int at = 0; at < shown.length; at += ROW_BYTES) {
            int end = Math.min(shown.length, at + ROW_BYTES);
            StringBuilder text = new StringBuilder();
            for (int i = at; i < end; i++) {
                text.append(shown[i] >= ' ' && shown[i] < 127 ? (char) shown[i] : '.');
            }
            lines.add(String.format(Locale.ROOT, "%06x  %-47s  %s", at, hex.formatHex(shown, at, end), text));
        }
        if (bytes.length > shown.length) {
            lines.add("… " + (bytes.length - shown.length) + " more bytes");
        }
        return lines;
    }

    /** Hashes are in fields of a known number where the body can be read; what comes after a question mark goes anywhere. */
    private static byte[] masked(byte[] bytes) {
        byte[] shown = Arrays.copyOf(bytes, Math.min(bytes.length, DUMPED_BYTES_MAX));
        boolean secret = false;
        for (int i = Math.min(RecordFrame.BODY_AT, shown.length); i < shown.length; i++) {
            boolean text = shown[i] > ' ' && shown[i] < 127 || shown[i] < 0;
            if (secret && text) {
                shown[i] = '*';
            } else {
                secret = shown[i] == '?';
            }
        }
        maskFields(shown, bytes);
        return shown;
    }

    private static void maskFields(byte[] shown, byte[] bytes) {
        if (RecordFrame.problem(bytes, bytes.length, new CRC32C()) != null) {
            return;
        }
        int kind = RecordFrame.kind(bytes, 0);
        int end = RecordFrame.length(bytes, 0) - RecordFrame.CRC_BYTES;
        mask(shown, RecordFrame.EVENT_ID_AT, Long.BYTES);
        for (int at = RecordFrame.BODY_AT; at + Fields.HEADER_BYTES <= end; ) {
            int header = RecordFrame.getInt(bytes, at);
            int length = header >>> Fields.NUMBER_BITS;
            if (isHidden(kind, header & Fields.NUMBER_MASK)) {
                mask(shown, at + Fields.HEADER_BYTES, length);
            }
            at += Fields.HEADER_BYTES + length;
        }
    }

    private static boolean isHidden(int kind, int field) {
        return switch (field) {
            case Fields.VISITOR_ID, Fields.SESSION_TOKEN, Fields.EARLIER_VISITOR_ID -> true;
            case Fields.PAGEVIEW_FINGERPRINT_KEY -> kind == RecordFrame.KIND_PAGEVIEW;
            case Fields.ERROR_CONTEXT_JSON -> kind == RecordFrame.KIND_ERROR;
            case Fields.CLICK_CLIENT_KEY -> kind == RecordFrame.KIND_AUDIT || kind == RecordFrame.KIND_CLICK;
            default -> false;
        };
    }

    private static void mask(byte[] shown, int at, int length) {
        for (int i = Math.min(at, shown.length); i < Math.min(at + length, shown.length); i++) {
            shown[i] = '*';
        }
    }
}

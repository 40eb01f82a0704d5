package io.micrologs.query;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a tracked link's destination and label may be. */
final class LinkFields {
    static final int DESTINATION_CHARACTERS_MAX = 2_048;
    static final int LABEL_CHARACTERS_MAX = 255;

    /** No stored destination is that short of what it was given as. Punycode takes the square of a host's length. */
    private static final int GIVEN_MAX = 4 * DESTINATION_CHARACTERS_MAX;

    /** Scheme, authority, and the rest from its slash, question mark or hash on. */
    private static final Pattern URL = Pattern.compile("(?i)(https?)://([^/?#]+)(.*)", Pattern.DOTALL);

    private static final Pattern IPV6_HOST = Pattern.compile("\\[[0-9A-Fa-f:.]{2,45}]");
    static final Pattern HOST = Pattern.compile(
            "[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\\.?");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    private LinkFields() {}

    /**
     * The destination as it is stored and sent as a {@code Location} header: trimmed, in printable ASCII, a host in other
     * letters as Punycode and other characters percent-encoded, as browsers do. Null for what is no http or https URL with
     * a host and without user information.
     */
    static @Nullable String destination(String given) {
        if (given.length() > GIVEN_MAX) {
            return null;
        }
        Matcher url = URL.matcher(given.strip());
        if (!url.matches()) {
            return null;
        }
        String authority = authority(url.group(2));
        String rest = encoded(url.group(3));
        if (authority == null || rest == null) {
            return null;
        }
        String whole = url.group(1).toLowerCase(Locale.ROOT) + "://" + authority + rest;
        return whole.length() <= DESTINATION_CHARACTERS_MAX ? whole : null;
    }

    /**
     * A host in ASCII, and its port if it has one; null for anything else. User information has an {@code @}, which is in no
     * host: https://bank.example@evil.example leads to evil.example.
     */
    static @Nullable String authority(String given) {
        int colon = given.endsWith("]") ? -1 : given.lastIndexOf(':');
        String port = colon < 0 ? "" : given.substring(colon + 1);
        String host = colon < 0 ? given : given.substring(0, colon);
        if (colon >= 0 && (!PORT.matcher(port).matches() || Integer.parseInt(port) > 65_535)) {
            return null;
        }
        String end = colon < 0 ? "" : ":" + port;
        if (IPV6_HOST.matcher(host).matches()) {
            return SettingsField.isCidr(host.substring(1, host.length() - 1)) ? host + end : null;
        }
        try {
            String ascii = IDN.toASCII(host, IDN.ALLOW_UNASSIGNED);
            return ascii.length() <= 253 && HOST.matcher(ascii).matches() ? ascii + end : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable String encoded(String rest) {
        StringBuilder encoded = new StringBuilder(rest.length());
        for (byte b : Fields.whole(rest).getBytes(StandardCharsets.UTF_8)) {
            if (b >= 0 && (b <= ' ' || b == 0x7f)) {
                return null;
            }
            if (b > 0) {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(String.format("%02X", b & 0xff));
            }
        }
        return encoded.toString();
    }

    /** Trimmed and cut; null when nothing is left. */
    static @Nullable String label(String given) {
        String label = Fields.cut(Fields.whole(given.strip()), LABEL_CHARACTERS_MAX);
        return label.isEmpty() ? null : label;
    }
}

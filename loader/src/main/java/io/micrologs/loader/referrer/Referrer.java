package io.micrologs.loader.referrer;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The one part of a referrer that decides anything.
 *
 * @param host lower-cased, without user, port, final dot and leading {@code www.}; of an app its package
 */
record Referrer(String host, boolean app) {

    private static final String APP = "android-app://";

    /** No name in the DNS is longer, and looking at all parents of one costs its length squared. */
    private static final int HOST_CHARS_MAX = 253;

    /**
     * Null for what is no {@code http}, {@code https} or {@code android-app} address with a host. By hand, because
     * {@link java.net.URI} refuses whole addresses for one character of a query string that browsers do send.
     */
    static @Nullable Referrer of(String text) {
        String trimmed = text.strip();
        boolean app = startsWith(trimmed, APP);
        int from = app ? APP.length() : startsWith(trimmed, "https://") ? 8 : startsWith(trimmed, "http://") ? 7 : -1;
        if (from < 0) {
            return null;
        }
        String host = host(trimmed.substring(from));
        return host == null ? null : new Referrer(host, app);
    }

    /** Of an address without its scheme, such as {@code user@www.example.com:8080/path}. */
    static @Nullable String host(String address) {
        String authority = address.substring(0, end(address));
        String host = authority.substring(authority.lastIndexOf('@') + 1).toLowerCase(Locale.ROOT);
        int port = host.startsWith("[") ? host.indexOf(':', host.indexOf(']') + 1) : host.indexOf(':');
        host = port < 0 ? host : host.substring(0, port);
        host = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        host = host.startsWith("www.") && host.indexOf('.', 4) > 0 ? host.substring(4) : host;
        return host.isEmpty() || host.length() > HOST_CHARS_MAX || !host.chars().allMatch(Referrer::isHostCharacter)
                ? null
                : host;
    }

    private static boolean isHostCharacter(int c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "-._[]:".indexOf(c) >= 0 || c > 127;
    }

    private static boolean startsWith(String text, String scheme) {
        return text.regionMatches(true, 0, scheme, 0, scheme.length());
    }

    private static int end(String text) {
        for (int at = 0; at < text.length(); at++) {
            if ("/?#\\".indexOf(text.charAt(at)) >= 0) {
                return at;
            }
        }
        return text.length();
    }
}

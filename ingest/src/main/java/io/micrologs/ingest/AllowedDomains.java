package io.micrologs.ingest;

import java.net.IDN;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The domains on which pages may use a project's public key, and all their subdomains. Immutable. */
final class AllowedDomains {
    /** No name in the DNS is longer, and looking at all parents of one costs its length squared. */
    private static final int HOST_CHARS_MAX = 253;

    private final Set<String> domains = new HashSet<>();

    AllowedDomains(List<String> allowed) {
        for (String domain : allowed) {
            String host = plainHost(domain.strip());
            if (host != null) {
                domains.add(ascii(host));
            }
        }
    }

    /** @param page an absolute URL or an origin; {@code null}, as sandboxed frames send it, is refused */
    boolean allow(String page) {
        int scheme = page.indexOf("://");
        String host = scheme <= 0 ? null : plainHost(page.substring(scheme + 3));
        while (host != null) {
            if (domains.contains(host)) {
                return true;
            }
            int dot = host.indexOf('.');
            host = dot < 0 ? null : host.substring(dot + 1);
        }
        return false;
    }

    /** Lower-cased, without user, port, path and a leading {@code www.}; null when nothing is left. */
    private static @Nullable String plainHost(String authority) {
        int end = 0;
        while (end < authority.length() && "/?#\\".indexOf(authority.charAt(end)) < 0) {
            end++;
        }
        String host = authority.substring(0, end);
        host = host.substring(host.lastIndexOf('@') + 1);
        int colon = host.lastIndexOf(':');
        if (colon > host.lastIndexOf(']') && (host.startsWith("[") || colon == host.indexOf(':'))) {
            host = host.substring(0, colon);
        }
        host = host.toLowerCase(Locale.ROOT);
        host = host.startsWith("www.") && host.indexOf('.', 4) > 0 ? host.substring(4) : host;
        return host.isEmpty() || host.length() > HOST_CHARS_MAX ? null : host;
    }

    /** Browsers send names in Punycode; people type them as they read. */
    private static String ascii(String host) {
        try {
            return IDN.toASCII(host);
        } catch (IllegalArgumentException notAName) {
            return host;
        }
    }
}

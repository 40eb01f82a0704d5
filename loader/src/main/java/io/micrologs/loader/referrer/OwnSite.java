package io.micrologs.loader.referrer;

import java.net.IDN;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** A project's own domains and all below them; {@code www.} and ports make no difference. */
public final class OwnSite {

    private final Set<String> domains;

    public OwnSite(List<String> allowedDomains) {
        domains = allowedDomains.stream()
                .map(domain -> Referrer.host(ascii(domain.strip())))
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    /** Browsers send names in Punycode; people type them as they read. */
    private static String ascii(String domain) {
        try {
            return IDN.toASCII(domain);
        } catch (IllegalArgumentException notAName) {
            return domain;
        }
    }

    /** Whether a page of the project's own links here. */
    public boolean isOwn(String referrer) {
        Referrer parsed = Referrer.of(referrer);
        if (parsed == null || parsed.app()) {
            return false;
        }
        String name = parsed.host();
        for (int dot = 0; dot >= 0; dot = name.indexOf('.')) {
            name = dot == 0 ? name : name.substring(dot + 1);
            if (domains.contains(name)) {
                return true;
            }
        }
        return false;
    }
}

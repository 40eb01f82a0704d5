package io.micrologs.query;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a project's name and domains may be, in the contract's words. */
final class ProjectFields {
    static final int NAME_CHARACTERS_MAX = 100;
    static final int DOMAINS_MAX = 20;
    static final int DOMAIN_CHARACTERS_MAX = 253;

    private static final Pattern SCHEME = Pattern.compile("^[a-z][a-z0-9+.-]*://");

    /** As it was given, with whatever is cut off it: a longer one is not even looked at. */
    private static final int DOMAIN_AS_GIVEN_MAX = 2_048;

    private ProjectFields() {}

    /** The name as it is stored: trimmed, and with halves of surrogate pairs replaced, which UTF-8 cannot hold. */
    static String name(String given) {
        return Fields.whole(given.strip());
    }

    /** Why a name, as {@link #name} leaves it, is refused; null when it is good. */
    static @Nullable String nameRefusal(String name) {
        if (name.isEmpty()) {
            return "name is required";
        }
        if (name.codePointCount(0, name.length()) > NAME_CHARACTERS_MAX) {
            return "name must be 100 characters or less";
        }
        return null;
    }

    /** Why a list of {@code size} domains is refused before any of them is looked at; null when it is not. */
    static @Nullable String domainCountRefusal(int size) {
        if (size == 0) {
            return "allowed_domains must be a non-empty array";
        }
        return size > DOMAINS_MAX ? "Maximum 20 allowed domains per project" : null;
    }

    /**
     * Trimmed, lower-cased, without scheme and trailing slash. Left out are empty, oversized and repeated ones, and what is
     * no host with or without a port: no page has such a host, so it would never let anybody in.
     */
    static List<String> domains(List<String> given) {
        Set<String> kept = new LinkedHashSet<>();
        for (String domain : given) {
            if (domain.length() > DOMAIN_AS_GIVEN_MAX) {
                continue;
            }
            String bare = SCHEME.matcher(name(domain).toLowerCase(Locale.ROOT)).replaceFirst("");
            bare = withoutTrailingSlashes(bare).strip();
            if (bare.codePointCount(0, bare.length()) <= DOMAIN_CHARACTERS_MAX && isHost(bare)) {
                kept.add(bare);
            }
        }
        return new ArrayList<>(kept);
    }

    /** With or without a port. The contract knows only how long a name is, so its parts may have any length. */
    private static boolean isHost(String bare) {
        return LinkFields.HOST.matcher(bare).matches() || LinkFields.authority(bare) != null;
    }

    private static String withoutTrailingSlashes(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '/') {
            end--;
        }
        return text.substring(0, end);
    }

    /** The first that {@link #domains} leaves out for what it is; null when there is none. */
    static @Nullable String noDomain(List<String> given) {
        return given.stream()
                .filter(domain -> domains(List.of(domain)).isEmpty())
                .findFirst()
                .orElse(null);
    }

    /** Why domains, as {@link #domains} leaves them, are refused; null when they are good. */
    static @Nullable String domainsRefusal(List<String> domains) {
        return domains.isEmpty() ? "No valid domains provided" : null;
    }
}

package io.micrologs.ingest;

import io.micrologs.http.Reply;
import io.micrologs.ingest.Snapshot.Link;
import io.micrologs.ingest.Snapshot.Project;
import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tracked links of one snapshot, by code. Immutable. */
final class Links {
    /** Stands for itself in a URL; everything else of ASCII below is escaped, and all beyond it. */
    private static final String UNSAFE = " \"<>\\^`{|}";

    private final Map<String, Target> byCode = new HashMap<>();

    /** What a link does, with its answer, which is made when it is first asked for. Any thread. */
    static final class Target {
        final Link link;
        final Rules rules;
        final boolean projectActive;
        /** Two threads may both make it: the same, and immutable. */
        private @Nullable Reply reply;

        Target(Link link, Rules rules, boolean projectActive) {
            this.link = link;
            this.rules = rules;
            this.projectActive = projectActive;
        }

        /** Null when the destination is no URL that a browser may be sent to. */
        @Nullable
        Reply reply() {
            Reply made = reply;
            if (made == null) {
                String location = location(link.destinationUrl());
                made = location == null
                        ? null
                        : Reply.empty(302)
                                .header("location", location)
                                .header("cache-control", "no-store")
                                .header("referrer-policy", "strict-origin-when-cross-origin");
                reply = made;
            }
            return made;
        }
    }

    Links(Snapshot snapshot) {
        Map<Integer, Project> projects = new HashMap<>();
        Map<Integer, Rules> rules = new HashMap<>();
        for (Project project : snapshot.projects()) {
            projects.put(project.id(), project);
            rules.put(project.id(), Rules.of(project));
        }
        for (Link link : snapshot.links()) {
            Project project = projects.get(link.projectId());
            Rules of = rules.get(link.projectId());
            if (project != null && of != null && link.active()) {
                byCode.put(link.code(), new Target(link, of, project.active()));
            }
        }
    }

    /** Null when there is no such link, or it is not active. */
    @Nullable
    Target find(String code) {
        return byCode.get(code);
    }

    /** As a header can carry it: ASCII only, host in Punycode. Null unless it is http or https to a host. */
    static @Nullable String location(String url) {
        String lower = url.toLowerCase(Locale.ROOT);
        int authority = lower.startsWith("https://") ? 8 : lower.startsWith("http://") ? 7 : -1;
        if (authority < 0) {
            return null;
        }
        int end = authority;
        while (end < url.length() && "/?#\\".indexOf(url.charAt(end)) < 0) {
            end++;
        }
        String host = asciiHost(url.substring(authority, end));
        String rest = host == null ? null : escaped(url.substring(end));
        return rest == null ? null : url.substring(0, authority) + host + rest;
    }

    private static @Nullable String asciiHost(String authority) {
        if (authority.isEmpty() || authority.indexOf('@') >= 0) {
            return null;
        }
        for (int i = 0; i < authority.length(); i++) {
            char c = authority.charAt(i);
            if (c <= ' ' || c == 0x7f || UNSAFE.indexOf(c) >= 0) {
                return null;
            }
        }
        try {
            return isAscii(authority) ? authority : IDN.toASCII(authority);
        } catch (IllegalArgumentException notAName) {
            return null;
        }
    }

    private static @Nullable String escaped(String text) {
        StringBuilder out = null;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            if (c < ' ' || c == 0x7f) {
                return null;
            }
            boolean plain = c < 0x7f && UNSAFE.indexOf(c) < 0;
            if (!plain && out == null) {
                out = new StringBuilder(text.length() + 32).append(text, 0, i);
            }
            if (out != null && plain) {
                out.append((char) c);
            } else if (out != null) {
                for (byte b : text.substring(i, next).getBytes(StandardCharsets.UTF_8)) {
                    out.append('%').append(String.format("%02X", b));
                }
            }
            i = next;
        }
        return out == null ? text : out.toString();
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x7f);
    }
}

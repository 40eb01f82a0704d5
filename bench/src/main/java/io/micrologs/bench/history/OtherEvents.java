package io.micrologs.bench.history;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.LinkClick;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Errors, audits and clicks: few kinds that come often, many that come seldom. Immutable. */
final class OtherEvents {
    private static final int ERROR_GROUPS = 400;
    private static final int STACKS_EACH = 3;
    private static final int ACTORS = 300;
    private static final int CLIENTS = 1 << 20;
    private static final double BOTS_PART = 0.08;
    private static final String[] TYPES = {"TypeError", "ReferenceError", "RangeError", "NetworkError", "SyntaxError"};
    private static final String[] ACTIONS = {
        "user.login",
        "user.logout",
        "order.paid",
        "order.refunded",
        "settings.changed",
        "user.invited",
        "export.made",
        "key.rotated",
        "user.deleted",
        "role.granted",
        "report.viewed",
        "backup.done"
    };
    private static final Skew GROUPS = Skew.zipf(ERROR_GROUPS, 1.1);
    private static final Skew ACTION_SKEW = Skew.zipf(ACTIONS.length, 0.9);
    private static final Skew ACTOR_SKEW = Skew.zipf(ACTORS, 0.8);

    private final String[] stacks = new String[ERROR_GROUPS * STACKS_EACH];
    private final List<Integer> links;
    private final @Nullable Skew linkSkew;

    OtherEvents(List<Integer> links) {
        this.links = links;
        this.linkSkew = links.isEmpty() ? null : Skew.zipf(links.size(), 1);
        for (int i = 0; i < stacks.length; i++) {
            stacks[i] = stack(i / STACKS_EACH, i % STACKS_EACH);
        }
    }

    private static String stack(int group, int variant) {
        StringBuilder stack = new StringBuilder(message(group));
        for (int frame = 0; frame < 8 + variant; frame++) {
            stack.append("\n    at ")
                    .append((char) ('a' + (group + frame) % 26))
                    .append(frame);
            stack.append(" (https://cdn.example.com/assets/app-")
                    .append(group % 7)
                    .append(".js:1:");
            stack.append(1_000 + group * 37 + frame * 11).append(')');
        }
        return stack.toString();
    }

    private static String message(int group) {
        return "Cannot read properties of undefined (reading 'part" + group + "')";
    }

    ErrorEvent error(SplittableRandom random, String url) {
        int group = GROUPS.draw(random.nextLong());
        return new ErrorEvent(
                TYPES[group % TYPES.length],
                message(group),
                "https://cdn.example.com/assets/app-" + group % 7 + ".js",
                1 + group,
                stacks[group * STACKS_EACH + random.nextInt(STACKS_EACH)],
                url,
                group % 9 == 0
                        ? ErrorEvent.Severity.CRITICAL
                        : group % 4 == 0 ? ErrorEvent.Severity.WARNING : ErrorEvent.Severity.ERROR,
                group % 11 == 0 ? ErrorEvent.Environment.STAGING : ErrorEvent.Environment.PRODUCTION,
                group % 2 == 0 ? "{\"release\":\"2026." + group % 12 + "\"}" : null);
    }

    AuditEvent audit(SplittableRandom random) {
        String action = ACTIONS[ACTION_SKEW.draw(random.nextLong())];
        int actor = ACTOR_SKEW.draw(random.nextLong());
        return new AuditEvent(action, "user-" + actor + "@example.com", "{\"order\":" + random.nextInt(100_000) + "}");
    }

    boolean hasLinks() {
        return linkSkew != null;
    }

    LinkClick click(SplittableRandom random, @Nullable String referrer) {
        Skew skew = linkSkew;
        if (skew == null) {
            throw new IllegalStateException("there are no links to click");
        }
        return new LinkClick(
                links.get(skew.draw(random.nextLong())),
                referrer,
                Mix.id(random.nextInt(CLIENTS)),
                random.nextDouble() < BOTS_PART);
    }
}

package io.micrologs.ingest;

import io.micrologs.http.Exchange;
import io.micrologs.ingest.Snapshot.Project;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which key opens which project, and from where: one snapshot, indexed. Immutable. */
final class Access {
    private static final int PUBLIC_KEY_LENGTH = 32;
    private static final int SECRET_KEY_LENGTH = 64;

    /** Which kinds of key an endpoint takes. */
    enum Keys {
        PUBLIC,
        SECRET,
        BOTH
    }

    sealed interface Decision permits Granted, Denied {}

    /**
     * The request may write to this project.
     *
     * @param browser whether it came with the public key, which pages carry
     */
    record Granted(Rules rules, boolean browser) implements Decision {
        int projectId() {
            return rules.projectId();
        }
    }

    /** @param projectId whose key it was, 0 when that is not known */
    record Denied(int projectId, Rejection rejection) implements Decision {}

    private record Entry(Granted browser, Granted backend, byte[] secretKeySha256, AllowedDomains domains) {}

    private static final Denied KEY_MISSING = new Denied(0, Rejection.KEY_MISSING);
    private static final Denied KEY_INVALID = new Denied(0, Rejection.KEY_INVALID);

    /** Not in constant time: every page that carries the snippet shows its public key. */
    private final Map<String, Entry> byPublicKey = new HashMap<>();

    /** By the first 8 bytes of the hash; the whole hash is then compared in constant time. */
    private final Map<Long, Entry> bySecretHash = new HashMap<>();

    Access(Snapshot snapshot) {
        for (Project project : snapshot.projects()) {
            if (project.active()) {
                Rules rules = Rules.of(project);
                Entry entry = new Entry(
                        new Granted(rules, true),
                        new Granted(rules, false),
                        project.secretKeySha256(),
                        new AllowedDomains(project.allowedDomains()));
                byPublicKey.put(project.publicKey(), entry);
                bySecretHash.put(first8(project.secretKeySha256()), entry);
            }
        }
    }

    /**
     * @param sha256 the event loop's
     */
    Decision decide(Exchange exchange, Keys keys, MessageDigest sha256) {
        String key = exchange.header("x-api-key");
        boolean fromQuery = key == null || key.isEmpty();
        if (fromQuery) {
            key = exchange.query("k");
        }
        if (key == null || key.isEmpty()) {
            return KEY_MISSING;
        }
        if (key.length() == PUBLIC_KEY_LENGTH) {
            Entry entry = keys == Keys.SECRET ? null : byPublicKey.get(key);
            return entry == null ? KEY_INVALID : locked(entry, exchange);
        }
        // A secret in a URL would end up in logs and histories on its way.
        if (key.length() != SECRET_KEY_LENGTH || fromQuery || keys == Keys.PUBLIC) {
            return KEY_INVALID;
        }
        byte[] hash = sha256.digest(key.getBytes(StandardCharsets.UTF_8));
        Entry entry = bySecretHash.get(first8(hash));
        return entry != null && MessageDigest.isEqual(hash, entry.secretKeySha256) ? entry.backend : KEY_INVALID;
    }

    /** The domain lock. What comes from no page, such as an app, names neither. */
    private static Decision locked(Entry entry, Exchange exchange) {
        String page = emptyToNull(exchange.header("origin"));
        if (page == null) {
            page = emptyToNull(exchange.header("referer"));
        }
        return page == null || entry.domains.allow(page)
                ? entry.browser
                : new Denied(entry.browser.projectId(), Rejection.DOMAIN);
    }

    private static @Nullable String emptyToNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    private static long first8(byte[] hash) {
        return ByteBuffer.wrap(hash).getLong();
    }
}

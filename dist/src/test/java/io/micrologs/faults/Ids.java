package io.micrologs.faults;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The numbers under which an installation stores what clients name: the first 8 bytes of an HMAC by a key derived from its
 * salt. Written a second time here, so that the oracle takes no word of the server for it. Single-threaded.
 */
final class Ids {
    private static final String ALGORITHM = "HmacSHA256";

    private final Mac event;
    private final Mac visitor;
    private final Mac session;

    Ids(String salt) {
        event = derived(salt, "event");
        visitor = derived(salt, "visitor");
        session = derived(salt, "session");
    }

    private static Mac derived(String salt, String label) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(salt.getBytes(StandardCharsets.UTF_8), ALGORITHM));
            byte[] key = mac.doFinal(label.getBytes(StandardCharsets.UTF_8));
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    long event(Event of) {
        return number(event, of.project, of.browser ? of.id : "backend:" + of.id);
    }

    long visitor(Project project, String id) {
        return number(visitor, project, id);
    }

    long session(Project project, String token) {
        return number(session, project, token);
    }

    private static long number(Mac mac, Project project, String text) {
        mac.update(ByteBuffer.allocate(4).putInt(0, project.id()));
        return ByteBuffer.wrap(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)))
                .getLong();
    }
}

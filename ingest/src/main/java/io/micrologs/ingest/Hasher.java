package io.micrologs.ingest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Turns what identifies somebody into keyed 64-bit hashes. Single-threaded: one per event loop. */
final class Hasher {
    /*
     * hash = first 8 bytes of HMAC-SHA256(key of the label, project ‖ text), big-endian, 0 becomes 1
     * key of the label = HMAC-SHA256(salt, label)
     *
     * 0 means "none" in an envelope. The project stands in the message and not in the key, so that one prepared Mac a label
     * serves all projects; its length is fixed, so no two (project, text) pairs make the same message.
     */
    private static final String ALGORITHM = "HmacSHA256";

    /** Ends with a character that no event id has. */
    private static final String BACKEND = "backend:";

    private final MessageDigest sha256;
    private final Mac visitor;
    private final Mac session;
    private final Mac event;
    private final Mac fingerprint;
    private final Mac client;
    private final byte[] scratch = new byte[4];

    Hasher(byte[] salt) {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
            visitor = mac(salt, "visitor");
            session = mac(salt, "session");
            event = mac(salt, "event");
            fingerprint = mac(salt, "fingerprint");
            client = mac(salt, "client");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256 and its HMAC", e);
        }
    }

    MessageDigest sha256() {
        return sha256;
    }

    long visitor(int projectId, String visitorId) {
        return hash(visitor, projectId, visitorId);
    }

    long session(int projectId, String sessionToken) {
        return hash(session, projectId, sessionToken);
    }

    /** Ids of pages and of backends are apart, so that nobody can use up a backend's ids with the public key. */
    long event(int projectId, boolean browser, String eventId) {
        return hash(event, projectId, browser ? eventId : BACKEND + eventId);
    }

    /** Fingerprint and address together, because a fingerprint alone is the same for all phones of one model. */
    long fingerprint(int projectId, String text, byte[] clientAddress) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        updateInt(fingerprint, projectId);
        updateInt(fingerprint, bytes.length);
        fingerprint.update(bytes);
        return first8(fingerprint.doFinal(clientAddress));
    }

    /** By which a link's click is unique. */
    long client(int projectId, byte[] clientAddress) {
        updateInt(client, projectId);
        return first8(client.doFinal(clientAddress));
    }

    private long hash(Mac mac, int projectId, String text) {
        updateInt(mac, projectId);
        return first8(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }

    private void updateInt(Mac mac, int value) {
        scratch[0] = (byte) (value >>> 24);
        scratch[1] = (byte) (value >>> 16);
        scratch[2] = (byte) (value >>> 8);
        scratch[3] = (byte) value;
        mac.update(scratch);
    }

    private static long first8(byte[] hash) {
        long first = ByteBuffer.wrap(hash).getLong();
        return first == 0 ? 1 : first;
    }

    private static Mac mac(byte[] salt, String label) throws GeneralSecurityException {
        Mac derive = Mac.getInstance(ALGORITHM);
        derive.init(new SecretKeySpec(salt, ALGORITHM));
        Mac mac = Mac.getInstance(ALGORITHM);
        mac.init(new SecretKeySpec(derive.doFinal(label.getBytes(StandardCharsets.UTF_8)), ALGORITHM));
        return mac;
    }
}

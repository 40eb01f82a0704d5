package io.micrologs.ingest;

import io.micrologs.ingest.DailySalts.Salts;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Hashes that nobody can make again once the day's salt is gone. Single-threaded: one per event loop or worker. */
final class DailyHasher {
    /*
     * hash = first 8 bytes of HMAC-SHA256(salt of the day, project ‖ length of the address ‖ address ‖ text), 0 becomes 1
     */
    private static final String ALGORITHM = "HmacSHA256";
    private static final byte[] NO_ADDRESS = new byte[0];

    private final DailySalts salts;
    private @Nullable Salts prepared;
    private @Nullable Mac today;
    private @Nullable Mac previous;

    DailyHasher(DailySalts salts) {
        this.salts = salts;
    }

    /** Who sent a request. */
    Person visitor(int projectId, byte[] address, String agent) {
        prepare();
        long now = hash(today, projectId, address, agent);
        return new Person(now, now, true, hash(previous, projectId, address, agent));
    }

    /** Whom a backend names. */
    Person visitor(int projectId, String visitorId) {
        return visitor(projectId, NO_ADDRESS, visitorId);
    }

    /** Tells clients apart for a day. */
    long client(int projectId, byte[] address) {
        prepare();
        return hash(today, projectId, address, "");
    }

    private void prepare() {
        Salts current = salts.current();
        if (current != prepared) {
            today = mac(current.today());
            byte[] before = current.previous();
            previous = before == null ? null : mac(before);
            prepared = current;
        }
    }

    private static long hash(@Nullable Mac mac, int projectId, byte[] address, String text) {
        if (mac == null) {
            return 0;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer message = ByteBuffer.allocate(Integer.BYTES + 1 + address.length + utf8.length);
        message.putInt(projectId).put((byte) address.length).put(address).put(utf8);
        long first = ByteBuffer.wrap(mac.doFinal(message.array())).getLong();
        return first == 0 ? 1 : first;
    }

    private static Mac mac(byte[] salt) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(salt, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }
}

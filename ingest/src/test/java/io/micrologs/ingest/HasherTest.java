package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HasherTest {
    private static final byte[] SALT = "0123456789abcdef".getBytes(StandardCharsets.UTF_8);
    private final Hasher hasher = new Hasher(SALT);

    /** The formula, with an HMAC of our own: stored hashes must mean the same after every change of this class. */
    @Test
    void visitor_isTheDocumentedFormula() throws Exception {
        byte[] key = hmac(SALT, "visitor".getBytes(StandardCharsets.UTF_8));
        byte[] message = ByteBuffer.allocate(4 + "vis-ä".getBytes(StandardCharsets.UTF_8).length)
                .putInt(77)
                .put("vis-ä".getBytes(StandardCharsets.UTF_8))
                .array();
        assertThat(hasher.visitor(77, "vis-ä"))
                .isEqualTo(new BigInteger(hmac(key, message)).shiftRight(192).longValue());
    }

    @Test
    void hashes_differByKindProjectTextAndSalt() {
        Hasher salted = new Hasher("0123456789abcdeX".getBytes(StandardCharsets.UTF_8));
        byte[] address = {127, 0, 0, 1};
        Set<Long> hashes = new HashSet<>(List.of(
                hasher.visitor(1, "a"),
                hasher.session(1, "a"),
                hasher.event(1, true, "a"),
                hasher.event(1, false, "a"),
                hasher.visitor(2, "a"),
                hasher.visitor(1, "b"),
                salted.visitor(1, "a"),
                hasher.fingerprint(1, "a", address),
                hasher.fingerprint(1, "a", new byte[] {127, 0, 0, 2}),
                hasher.fingerprint(1, "a\u007f", new byte[] {0, 0, 1})));
        assertThat(hashes).hasSize(10);
        assertThat(hasher.visitor(1, "a")).isEqualTo(hasher.visitor(1, "a"));
    }

    @Test
    void shortSalt_isRefused() {
        assertThatThrownBy(() -> IngestConfig.withoutPlaces(new byte[15], Path.of("x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("hash.salt must be at least 16 bytes, is 15");
    }

    private static byte[] hmac(byte[] key, byte[] message) throws Exception {
        byte[] inner = new byte[64];
        byte[] outer = new byte[64];
        for (int i = 0; i < 64; i++) {
            int b = i < key.length ? key[i] : 0;
            inner[i] = (byte) (b ^ 0x36);
            outer[i] = (byte) (b ^ 0x5c);
        }
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        sha.update(inner);
        byte[] first = sha.digest(message);
        sha.update(outer);
        return sha.digest(first);
    }
}

package io.micrologs.http.limit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The 64-bit name that an address has at an endpoint: SipHash-2-4 (Aumasson and Bernstein, 2012) under a key made from the
 * installation's salt, because HMAC-SHA-256 costs ten times as much and leaves garbage. Immutable.
 */
final class AddressKey {
    private final long k0;
    private final long k1;

    AddressKey(byte[] salt) {
        ByteBuffer key = ByteBuffer.wrap(derive(salt)).order(ByteOrder.LITTLE_ENDIAN);
        k0 = key.getLong();
        k1 = key.getLong();
    }

    AddressKey(long k0, long k1) {
        this.k0 = k0;
        this.k1 = k1;
    }

    /**
     * Never 0. An IPv6 address counts with all of its /64, which is what one client has.
     *
     * @param address 4 or 16 bytes
     */
    long of(long endpoint, byte[] address) {
        long bits = 0;
        int length = Math.min(address.length, 8);
        for (int i = 0; i < length; i++) {
            bits = bits << 8 | address[i] & 0xff;
        }
        long hash = hash17(endpoint, bits, address.length);
        return hash == 0 ? 1 : hash;
    }

    /** Tells files of this installation from others'. */
    long check() {
        return hash17(0x7265_712d_6669_6c65L, 0, 0xff);
    }

    /** Of 17 bytes: two little-endian words and one byte. */
    long hash17(long first, long second, int last) {
        long v0 = k0 ^ 0x736f6d6570736575L;
        long v1 = k1 ^ 0x646f72616e646f6dL;
        long v2 = k0 ^ 0x6c7967656e657261L;
        long v3 = k1 ^ 0x7465646279746573L;
        long word = first;
        for (int block = 0; block < 4; block++) {
            if (block == 3) {
                v2 ^= 0xff;
            } else {
                v3 ^= word;
            }
            for (int round = block == 3 ? 0 : 2; round < 4; round++) {
                v0 += v1;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v3;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 += v3;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 += v1;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v2 = Long.rotateLeft(v2, 32);
            }
            if (block < 3) {
                v0 ^= word;
                word = block == 0 ? second : 17L << 56 | last & 0xff;
            }
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static byte[] derive(byte[] salt) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(salt, "HmacSHA256"));
            return mac.doFinal(new byte[] {'l', 'i', 'm', 'i', 't'});
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256 and its HMAC", e);
        }
    }
}

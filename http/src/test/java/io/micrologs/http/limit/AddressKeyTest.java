package io.micrologs.http.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AddressKeyTest {
    private static final byte[] SALT = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private final AddressKey keys = new AddressKey(SALT);

    private static byte[] address(String text) throws UnknownHostException {
        return InetAddress.getByName(text).getAddress();
    }

    /** Key 00…0f and message 00…10, from the authors' vectors.h (little-endian there). */
    @Test
    void hash_isSipHash24() {
        AddressKey reference = new AddressKey(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        assertThat(reference.hash17(0x0706050403020100L, 0x0f0e0d0c0b0a0908L, 0x10))
                .isEqualTo(Long.reverseBytes(0x9447be2cf5e99a69L));
    }

    @Test
    void ipv6_countsPer64() throws UnknownHostException {
        assertThat(keys.of(1, address("2001:db8:1:2::1"))).isEqualTo(keys.of(1, address("2001:db8:1:2:ffff::9")));
        assertThat(keys.of(1, address("2001:db8:1:2::1"))).isNotEqualTo(keys.of(1, address("2001:db8:1:3::1")));
    }

    @Test
    void otherAddressEndpointOrSalt_isAnotherKey() throws UnknownHostException {
        long key = keys.of(1, address("10.0.0.1"));
        assertThat(keys.of(1, address("10.0.0.2"))).isNotEqualTo(key);
        assertThat(keys.of(2, address("10.0.0.1"))).isNotEqualTo(key);
        assertThat(keys.of(1, address("::a00:1"))).isNotEqualTo(key);
        byte[] other = "0123456789abcdeF".getBytes(StandardCharsets.US_ASCII);
        assertThat(new AddressKey(other).of(1, address("10.0.0.1"))).isNotEqualTo(key);
    }
}

package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.NetUtil;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {
    private static final TrustedProxies PROXIES =
            TrustedProxies.parse(List.of("10.0.0.0/9", "192.168.1.7", "fd00::/8", "::1"));

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, true",
        "10.127.255.255, true",
        "10.128.0.0, false",
        "192.168.1.7, true",
        "192.168.1.8, false",
        "fd12::1, true",
        "fe00::1, false",
        "::1, true",
    })
    void contains_comparesExactlyThePrefix(String address, boolean expected) {
        assertThat(PROXIES.contains(bytes(address))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "8.8.8.8   | 1.1.1.1                     | 8.8.8.8",
                "10.0.0.1  | 1.1.1.1                     | 1.1.1.1",
                "10.0.0.1  | 6.6.6.6, 1.1.1.1            | 1.1.1.1",
                "10.0.0.1  | 6.6.6.6, 1.1.1.1, 10.0.0.2  | 1.1.1.1",
                "10.0.0.1  | 6.6.6.6,1.1.1.1:4711        | 1.1.1.1",
                "10.0.0.1  | [2001:db8::1]:443           | 2001:db8::1",
                "10.0.0.1  | 2001:db8::1                 | 2001:db8::1",
                "10.0.0.1  | 6.6.6.6, unknown            | 10.0.0.1",
                "10.0.0.1  | 6.6.6.6, unknown, 10.0.0.2  | 10.0.0.2",
                "10.0.0.1  | ' '                         | 10.0.0.1",
                "10.0.0.1  | 10.0.0.3, 10.0.0.2          | 10.0.0.3",
                "10.0.0.1  | ::ffff:1.2.3.4              | 1.2.3.4",
            })
    void client_isTheRightmostUntrustedHop(String peer, String forwarded, String expected) {
        assertThat(PROXIES.client(bytes(peer), List.of(forwarded))).isEqualTo(bytes(expected));
    }

    @Test
    void client_readsSeveralHeaderLinesFromTheLast() {
        assertThat(PROXIES.client(bytes("10.0.0.1"), List.of("6.6.6.6", "1.1.1.1, 10.0.0.2")))
                .isEqualTo(bytes("1.1.1.1"));
        assertThat(PROXIES.client(bytes("10.0.0.1"), List.of("6.6.6.6", "10.0.0.2")))
                .isEqualTo(bytes("6.6.6.6"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "proxy.example", "", "10.0.0"})
    void parse_refusesWhatIsNoBlock(String cidr) {
        assertThatThrownBy(() -> TrustedProxies.parse(List.of(cidr)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + cidr + "'");
    }

    private static byte[] bytes(String address) {
        return NetUtil.createByteArrayFromIpAddressString(address);
    }
}

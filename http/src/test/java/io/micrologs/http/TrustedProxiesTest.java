package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
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
                "10.0.0.1  | ::ffff:0102:0304            | 1.2.3.4",
                "10.0.0.1  | 6.6.6.6, ::ffff:10.0.0.2    | 6.6.6.6",
                "10.0.0.1  | 6.6.6.6, [::ffff:a00:2]:80  | 6.6.6.6",
                "10.0.0.1  | 2001:db8::1%eth0            | 2001:db8::1",
                "10.0.0.1  | 6.6.6.6, 1.1.1.1%eth0       | 10.0.0.1",
                "10.0.0.1  | 6.6.6.6, 1.1.1.1.           | 10.0.0.1",
                "10.0.0.1  | 6.6.6.6, 0x01010101         | 10.0.0.1",
                "10.0.0.1  | 6.6.6.6, 16843009           | 10.0.0.1",
                "10.0.0.1  | '6.6.6.6,'                  | 10.0.0.1",
                "10.0.0.1  | 6.6.6.6, 1.1.1.1:99999999   | 1.1.1.1",
                "10.0.0.1  | 6.6.6.6, for=1.1.1.1        | 10.0.0.1",
                "10.0.0.1  | '6.6.6.6, \"1.1.1.1\"'      | 10.0.0.1",
                "10.0.0.1  | 6.6.6.6, [1.1.1.1           | 10.0.0.1",
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

    /** Whatever a client writes in front of what the proxy appends, the client is what the proxy appended. */
    @Property
    void client_isNeverWhatTheClientWrote(@ForAll("forwarded") List<String> written) {
        List<String> inOneLine = List.of(String.join(",", written) + ", 1.1.1.1");
        List<String> inItsOwn = new ArrayList<>(written);
        inItsOwn.add("1.1.1.1");
        assertThat(PROXIES.client(bytes("10.0.0.1"), inOneLine)).isEqualTo(bytes("1.1.1.1"));
        assertThat(PROXIES.client(bytes("10.0.0.1"), inItsOwn)).isEqualTo(bytes("1.1.1.1"));
        assertThat(PROXIES.client(bytes("10.0.0.1"), written).length).isIn(4, 16);
    }

    @Provide
    Arbitrary<List<String>> forwarded() {
        return Arbitraries.strings()
                .withChars("0123456789abcdfx.:%[]/ \",;=")
                .ofMaxLength(48)
                .list()
                .ofMaxSize(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0/0", "::/0", "128.0.0.0/1", "2000::/3", "10.0.0.0/7", "::ffff:0.0.0.0/0"})
    void refuseWide_refusesWhatHoldsStrangers(String cidr) {
        assertThatThrownBy(() -> HttpConfig.checkTrustedProxies(List.of("10.0.0.1", cidr)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + cidr + "' would let strangers choose");
    }

    @Test
    void refuseWide_takesEveryNetworkOfOnesOwn() {
        HttpConfig.checkTrustedProxies(
                List.of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "127.0.0.1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/33",
                "::ffff:10.0.0.0/104",
                "10.0.0.0/",
                "10.0.0.0/-1",
                "::/129",
                "proxy.example",
                "",
                "10.0.0"
            })
    void parse_refusesWhatIsNoBlock(String cidr) {
        assertThatThrownBy(() -> TrustedProxies.parse(List.of(cidr)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + cidr + "'");
    }

    private static byte[] bytes(String address) {
        return NetUtil.createByteArrayFromIpAddressString(address);
    }
}

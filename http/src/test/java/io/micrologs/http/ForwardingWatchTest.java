package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForwardingWatchTest {
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    private final ForwardingWatch watch = new ForwardingWatch();

    private static Peer peer(String address) throws UnknownHostException {
        return new Peer(
                new InetSocketAddress(InetAddress.getByName(address), 4_000),
                new InetSocketAddress("127.0.0.1", 80),
                TrustedProxies.parse(List.of("10.9.0.0/16")));
    }

    private static HttpHeaders header(String name) {
        return new DefaultHttpHeaders().add(name, "<b>6.6.6.6</b>");
    }

    @ParameterizedTest
    @CsvSource({
        "172.17.0.1, X-Forwarded-For, 172.17.0.1",
        "127.0.0.1, Forwarded, 127.0.0.1",
        "fd00::7, X-Real-IP, fd00:0:0:0:0:0:0:7",
        "100.64.0.1, X-Forwarded-For, 100.64.0.1",
        "100.127.255.254, X-Forwarded-For, 100.127.255.254",
        "100.63.255.255, X-Forwarded-For, ''",
        "100.128.0.0, X-Forwarded-For, ''",
        "203.0.113.9, X-Forwarded-For, ''",
        "2001:db8::1, X-Forwarded-For, ''",
    })
    void onlyAPeerOfTheOwnNetwork_isNamed(String address, String name, String shown) throws Exception {
        watch.look(peer(address), header(name), 5);
        assertThat(watch.untrusted(6)).hasValue(shown);
        assertThat(watch.untrusted(5 + HOUR)).isEmpty();
    }

    @Test
    void trustedPeersAndOtherHeaders_areFine() throws Exception {
        watch.look(peer("10.9.1.1"), header("X-Forwarded-For"), 5);
        watch.look(peer("172.17.0.1"), header("X-Something"), 5);
        assertThat(watch.untrusted(6)).isEmpty();
    }

    @Test
    void visitorWhoMakesTheHeaderUp_doesNotHideTheProxy() throws Exception {
        watch.look(peer("172.17.0.1"), header("X-Forwarded-For"), 5);
        watch.look(peer("203.0.113.9"), header("X-Forwarded-For"), HOUR / 2);
        assertThat(watch.untrusted(HOUR / 2)).hasValue("172.17.0.1");
        assertThat(watch.untrusted(5 + HOUR)).hasValue("");
    }
}

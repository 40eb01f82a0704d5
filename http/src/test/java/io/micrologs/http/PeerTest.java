package io.micrologs.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "stats.example.com",
                "STATS.example.com:8080",
                "a_b.example",
                "localhost:1",
                "127.0.0.1:65535",
                "example.com.",
                "[::1]",
                "[2001:db8::1]:8443"
            })
    void isHost_ofAHostWithOrWithoutPort(String host) {
        assertThat(Peer.isHost(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":80",
                "a:",
                "a:b",
                "a:1:2",
                "a:123456",
                "-a",
                ".a",
                "a..b",
                "a/b",
                "a@b",
                "a b",
                "a\"b",
                "a<b",
                "[",
                "[]",
                "[::1",
                "[::1]x",
                "[::1%eth0]",
                "[a.example]",
                "::1",
                "[[::1]]",
                "bücher.example"
            })
    void isHost_ofAnythingElse_isFalse(String host) {
        assertThat(Peer.isHost(host)).isFalse();
    }
}

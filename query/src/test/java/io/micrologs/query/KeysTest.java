package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.query.ControlSnapshot.ProjectKeys;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeysTest {
    private static final String PUBLIC = "0123456789abcdef0123456789abcdef";
    private static final String SECRET = PUBLIC + PUBLIC;

    @Test
    void newKeys_areHexOfTheContractsLength_andDiffer() {
        assertThat(Keys.newPublicKey()).matches("[0-9a-f]{32}");
        assertThat(Keys.newSecretKey()).matches("[0-9a-f]{64}");
        assertThat(IntStream.range(0, 1_000).mapToObj(i -> Keys.newSecretKey()).distinct())
                .hasSize(1_000);
    }

    @Test
    void sha256_isTheStandardsOfTheUtf8Text() {
        // FIPS 180-2, appendix B.1.
        assertThat(HexFormat.of().formatHex(Keys.sha256("abc")))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void find_tellsTheKindOfKey() {
        KeyRing ring = ring(true);
        assertThat(ring.find(PUBLIC).kind()).isEqualTo(KeyRing.Kind.PUBLIC);
        assertThat(ring.find(SECRET).kind()).isEqualTo(KeyRing.Kind.SECRET);
        assertThat(ring.find(SECRET).project().id()).isEqualTo(7);
    }

    @Test
    void find_refusesWhatIsNotExactlyAKey() {
        KeyRing ring = ring(true);
        assertThat(ring.find("")).isNull();
        assertThat(ring.find(PUBLIC.toUpperCase(java.util.Locale.ROOT))).isNull();
        assertThat(ring.find(PUBLIC + " ")).isNull();
        assertThat(ring.find(HexFormat.of().formatHex(Keys.sha256(SECRET)))).isNull();
    }

    @Test
    void find_refusesADisabledProjectsKeys() {
        assertThat(ring(false).find(PUBLIC)).isNull();
        assertThat(ring(false).find(SECRET)).isNull();
    }

    private static KeyRing ring(boolean active) {
        ProjectKeys project = new ProjectKeys(
                7,
                "Shop",
                PUBLIC,
                Keys.sha256(SECRET),
                List.of("a.example"),
                ZoneOffset.UTC,
                active,
                ProjectSettings.DEFAULT);
        return new KeyRing(new ControlSnapshot(1, List.of(project), List.of()));
    }
}

package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class UtmTest {

    @Test
    void allFive_areDecoded() {
        assertThat(
                        Utm.of(
                                "https://e.com/?utm_source=a%20b&utm_medium=c+d&utm_campaign=%C3%A4&utm_content=x&utm_term=y#z"))
                .isEqualTo(new Utm("a b", "c d", "ä", "x", "y"));
    }

    @Test
    void absentEmptyOrBehindTheFragment_isNull() {
        assertThat(Utm.of("https://e.com/utm_source=a")).isEqualTo(Utm.NONE);
        assertThat(Utm.of("https://e.com/?utm_source=&xutm_term=1&utm_medium")).isEqualTo(Utm.NONE);
        assertThat(Utm.of("https://e.com/#/?utm_source=a")).isEqualTo(Utm.NONE);
        assertThat(Utm.of("https://e.com/?a=1#utm_source=a")).isEqualTo(Utm.NONE);
    }

    @Test
    void firstValueOfAName_counts() {
        assertThat(Utm.of("?utm_term=1&utm_term=2").term()).isEqualTo("1");
    }

    @Test
    void malformedEscapes_stayAsWritten() {
        assertThat(Utm.decode("100%")).isEqualTo("100%");
        assertThat(Utm.decode("%zz%4")).isEqualTo("%zz%4");
        assertThat(Utm.decode("%C3%28a")).isEqualTo("%C3%28a");
        assertThat(Utm.decode("%41%zz%42")).isEqualTo("A%zzB");
        assertThat(Utm.decode("%٤١")).isEqualTo("%٤١");
    }

    @Test
    void longValue_isCutByWholeCharacters() {
        String balloons = "🎈".repeat(255);
        assertThat(Utm.of("?utm_source=" + balloons + "x").source()).isEqualTo(balloons);
        assertThat(Utm.of("?utm_source=" + "x".repeat(255)).source()).hasSize(255);
    }

    @Property
    void anyText_neverThrows(@ForAll String text) {
        Utm.of("?utm_source=" + text);
        assertThat(Utm.decode(java.net.URLEncoder.encode(valid(text), java.nio.charset.StandardCharsets.UTF_8)))
                .isEqualTo(valid(text));
    }

    /** Lone surrogates have no UTF-8. */
    private static String valid(String text) {
        return text.replaceAll("\\p{Cs}", "");
    }
}

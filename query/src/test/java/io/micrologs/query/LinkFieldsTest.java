package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinkFieldsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://example.com | https://example.com",
                " HTTP://Example.com/A?b=c&d[]=e#f  | http://Example.com/A?b=c&d[]=e#f",
                "https://example.com:8443?a=http://b@c | https://example.com:8443?a=http://b@c",
                "http://localhost:3000/ | http://localhost:3000/",
                "http://127.0.0.1/ | http://127.0.0.1/",
                "http://[::1]:8080/x | http://[::1]:8080/x",
                "https://my_host.example./ | https://my_host.example./",
                "https://bücher.example/café?q=שלום | https://xn--bcher-kva.example/caf%C3%A9?q=%D7%A9%D7%9C%D7%95%D7%9D",
                "https://example.com/100%?{} | https://example.com/100%?{}"
            })
    void destinationOnHttp_isGood(String given, String stored) {
        assertThat(LinkFields.destination(given)).isEqualTo(stored);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "example.com",
                "//example.com",
                "https:/example.com",
                "https://",
                "https:///path",
                "https://?q",
                "ftp://example.com",
                "javascript:alert(1)",
                "data:text/html,x",
                "https://user@example.com",
                "https://bank.example:pass@evil.example",
                "https://a b.example",
                "https://example.com/a b",
                "https://example.com/\r\nSet-Cookie: a=b",
                "https://example.com/\u0000",
                "https://good.example\\@evil.example",
                "https://-a.example",
                "https://a..example",
                "https://example.com:99999",
                "https://example.com:port",
                "https://[::zz]/",
                "https://[::1",
                "https://exa%6Dple.com"
            })
    void destinationThatIsNoUrlOfThisKind_isNot(String given) {
        assertThat(LinkFields.destination(given)).isNull();
    }

    @Test
    void destinationOf2048Characters_isGood_andOneMoreIsNot() {
        String start = "https://a.example/";
        assertThat(LinkFields.destination(start + "x".repeat(2_048 - start.length())))
                .isNotNull();
        assertThat(LinkFields.destination(start + "x".repeat(2_049 - start.length())))
                .isNull();
    }

    @Property
    void whatIsStored_canBeAHeader_andStaysWhenItIsReadAgain(@ForAll String rest) {
        String stored = LinkFields.destination("https://a.example/" + rest);
        if (stored != null) {
            assertThat(stored.chars()).allMatch(c -> c > ' ' && c < 0x7f);
            assertThat(LinkFields.destination(stored)).isEqualTo(stored);
        }
    }

    @Test
    void label_isTrimmedAndCutByWholeCharacters() {
        assertThat(LinkFields.label(" a ")).isEqualTo("a");
        assertThat(LinkFields.label(" ")).isNull();
        assertThat(LinkFields.label("🐋".repeat(300))).isEqualTo("🐋".repeat(255));
        assertThat(LinkFields.label("a\ud83d")).isEqualTo("a\ufffd");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, true",
        "10.0.0.0/0, true",
        "10.0.0.1, true",
        "::/0, true",
        "2001:db8::/32, true",
        "2001:db8::1/128, true",
        "10.0.0.0/33, false",
        "::1/129, false",
        "10.0.0/8, false",
        "256.0.0.1, false",
        "010.0.0.1, false",
        "example.com, false",
        "10.0.0.0/, false",
        "10.0.0.0/8/8, false",
        "10.0.0.0/-1, false",
        "'', false",
        "::g, false",
        "fe80::1%eth0, false",
        ":, false",
        ".:1, false",
        "::ffff:10.0.0.0/24, true",
        "::ffff:10.0.0.0/120, false"
    })
    void cidr_isAnAddressWithAsManyBitsAsItHas(String text, boolean good) {
        assertThat(SettingsField.isCidr(text)).isEqualTo(good);
    }
}

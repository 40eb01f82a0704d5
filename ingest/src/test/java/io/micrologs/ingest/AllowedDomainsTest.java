package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AllowedDomainsTest {
    private static final AllowedDomains DOMAINS = new AllowedDomains(List.of(
            "example.com",
            "www.blog.example",
            "localhost",
            "127.0.0.1",
            "bücher.example",
            "dev.example:8080",
            "[::1]"));

    @ParameterizedTest
    @CsvSource({
        "https://example.com, true",
        "http://example.com:8080, true",
        "https://EXAMPLE.com/path?q#f, true",
        "https://www.example.com, true",
        "https://shop.example.com, true",
        "https://a.b.example.com/, true",
        "https://www.shop.example.com, true",
        "https://blog.example, true",
        "https://www.blog.example, true",
        "https://x.blog.example, true",
        "http://localhost:3000, true",
        "http://127.0.0.1:9, true",
        "http://[::1]:9/, true",
        "https://xn--bcher-kva.example, true",
        "https://dev.example, true",
        "https://user:pw@example.com/, true",
        "https://notexample.com, false",
        "https://example.com.evil.org, false",
        "https://example.com@evil.org, false",
        "https://evil.org/example.com, false",
        "https://evil.org?example.com, false",
        "https://evil.org#.example.com, false",
        "https://evil.org\\.example.com, false",
        "https://com, false",
        "https://, false",
        "null, false",
        "example.com, false",
        "://example.com, false",
        "about:blank, false",
    })
    void allow_comparesTheHostOnly(String page, boolean expected) {
        assertThat(DOMAINS.allow(page)).isEqualTo(expected);
    }

    @Test
    void hostLongerThanAnyName_isRefusedWithoutLookingAtItsParents() {
        assertThat(DOMAINS.allow("https://" + "a.".repeat(122) + "example.com")).isFalse();
        assertThat(DOMAINS.allow("https://" + "a.".repeat(8_000) + "example.com"))
                .isFalse();
        assertThat(DOMAINS.allow("https://" + "a.".repeat(121) + "example.com")).isTrue();
    }

    @Test
    void domainThatIsNothingButWwwAndAnEnding_allowsItselfAlone() {
        AllowedDomains www = new AllowedDomains(List.of("www.com"));

        assertThat(www.allow("https://www.com")).isTrue();
        assertThat(www.allow("https://other.com")).isFalse();
    }
}

package io.micrologs.loader.referrer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CategoriesTest {

    private static final Categories CATEGORIES = Categories.load();

    @ParameterizedTest
    @CsvSource({
        "https://www.google.com/, ORGANIC_SEARCH",
        "https://www.google.de/search?q=a|b c, ORGANIC_SEARCH",
        "https://google.co.uk, ORGANIC_SEARCH",
        "HTTPS://WWW.Google.COM.BR:443/x, ORGANIC_SEARCH",
        "https://news.google.com/, ORGANIC_SEARCH",
        "https://duckduckgo.com/, ORGANIC_SEARCH",
        "https://www.bing.com/search?q=x, ORGANIC_SEARCH",
        "https://de.search.yahoo.com/, ORGANIC_SEARCH",
        "https://search.yahoo.co.jp/, ORGANIC_SEARCH",
        "https://yandex.ru/search/, ORGANIC_SEARCH",
        "https://ya.ru/, ORGANIC_SEARCH",
        "https://go.mail.ru/search, ORGANIC_SEARCH",
        "https://www.baidu.com/link?url=x, ORGANIC_SEARCH",
        "android-app://com.google.android.googlequicksearchbox/, ORGANIC_SEARCH",
        "https://t.co/abc, SOCIAL",
        "https://l.facebook.com/l.php?u=x, SOCIAL",
        "http://m.facebook.com, SOCIAL",
        "https://lnkd.in/x, SOCIAL",
        "https://out.reddit.com/x, SOCIAL",
        "https://old.reddit.com/r/x, SOCIAL",
        "https://x.com/, SOCIAL",
        "https://www.pinterest.co.uk/, SOCIAL",
        "https://news.ycombinator.com/item?id=1, SOCIAL",
        "https://tieba.baidu.com/p/1, SOCIAL",
        "android-app://com.reddit.frontpage, SOCIAL",
        "https://mail.google.com/, EMAIL",
        "https://mail.google.com./mail/u/0, EMAIL",
        "https://outlook.live.com/, EMAIL",
        "https://eur01.safelinks.protection.outlook.com/?url=x, EMAIL",
        "https://mail.yahoo.co.jp/, EMAIL",
        "https://e.mail.ru/, EMAIL",
        "android-app://com.google.android.gm/, EMAIL",
        "https://chatgpt.com/, AI_ASSISTANT",
        "https://chat.openai.com/, AI_ASSISTANT",
        "https://www.perplexity.ai/search/x, AI_ASSISTANT",
        "https://gemini.google.com/app, AI_ASSISTANT",
        "https://copilot.microsoft.com/, AI_ASSISTANT",
        "https://claude.ai/chat/x, AI_ASSISTANT",
        "https://chat.deepseek.com/, AI_ASSISTANT",
        "https://www.netflix.com/, REFERRAL",
        "https://ft.co/, REFERRAL",
        "https://notfacebook.com/, REFERRAL",
        "https://facebook.com.evil.example/, REFERRAL",
        "https://google.example/, REFERRAL",
        "https://google.evil.com/, REFERRAL",
        "https://mygoogle.com/, REFERRAL",
        "https://docs.google.com/document/d/x, REFERRAL",
        "https://accounts.google.de/, REFERRAL",
        "https://linux.com/, REFERRAL",
        "https://en.wikipedia.org/wiki/X, REFERRAL",
        "http://192.168.1.5:8080/x, REFERRAL",
        "http://[2001:db8::1]:80/x, REFERRAL",
        "https://user:pass@t.co@example.org/, REFERRAL",
        "https://bücher.example/, REFERRAL",
        "android-app://com.example.app/, REFERRAL",
        "about:blank, UNKNOWN",
        "ios-app://544007664/youtube, UNKNOWN",
        "ftp://example.com/, UNKNOWN",
        "google.com, UNKNOWN",
        "https://, UNKNOWN",
        "https:///path, UNKNOWN",
        "https://exa mple.com/, UNKNOWN",
        "-, UNKNOWN"
    })
    void referrer_hasItsCategory(String referrer, Category expected) {
        assertThat(CATEGORIES.of(referrer)).isEqualTo(expected);
    }

    @Test
    void none_isDirect() {
        assertThat(CATEGORIES.of(null)).isEqualTo(Category.DIRECT);
        assertThat(CATEGORIES.of("")).isEqualTo(Category.DIRECT);
        assertThat(CATEGORIES.of("  ")).isEqualTo(Category.DIRECT);
    }

    @Test
    void hostLongerThanTheDnsHas_isUnknown() {
        assertThat(CATEGORIES.of("https://" + "a.".repeat(125) + "com/")).isEqualTo(Category.REFERRAL);
        assertThat(CATEGORIES.of("https://" + "a.".repeat(126) + "com/")).isEqualTo(Category.UNKNOWN);
    }

    @Test
    void ownSite_isItsDomainsAndAllBelow() {
        OwnSite site = new OwnSite(List.of("example.com", "www.other.org", "localhost:3000", "müller.de", ""));
        assertThat(List.of(
                        "https://example.com/",
                        "https://www.example.com",
                        "http://shop.example.com:81/x?y",
                        "https://other.org/",
                        "https://a.other.org/",
                        "http://localhost/x",
                        "http://localhost:8080/x",
                        "https://xn--mller-kva.de/"))
                .allMatch(site::isOwn);
        assertThat(List.of(
                        "https://notexample.com/",
                        "https://example.com.evil.org/",
                        "https://example.org/",
                        "android-app://example.com",
                        "example.com",
                        "https://evil.org/?https://example.com/"))
                .noneMatch(site::isOwn);
        assertThat(new OwnSite(List.of()).isOwn("https://example.com/")).isFalse();
    }

    @Property
    void anyText_hasACategory(@ForAll String text) {
        assertThat(CATEGORIES.of("https://" + text)).isNotNull();
        assertThat(CATEGORIES.of(text)).isNotNull();
    }
}

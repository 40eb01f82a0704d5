package io.micrologs.contract;

import java.util.LinkedHashMap;
import java.util.Map;

/** A pageview as a client sends it, with what a server has to make of its agent, address, referrer and URL. */
record Visit(String visitor, String session, Page page, Agent agent, Place place, Source source) {

    enum Agent {
        FIREFOX_LINUX(Call.FIREFOX, "desktop", "Linux", "Firefox"),
        CHROME_WINDOWS(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
                "desktop",
                "Windows",
                "Chrome"),
        EDGE_WINDOWS(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
                "desktop",
                "Windows",
                "Edge"),
        SAFARI_MAC(
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
                "desktop",
                "macOS",
                "Safari"),
        SAFARI_IPHONE(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                "mobile",
                "iOS",
                "Safari"),
        SAFARI_IPAD(
                "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
                "tablet",
                "iOS",
                "Safari"),
        SAMSUNG(
                "Mozilla/5.0 (Linux; Android 14; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "mobile",
                "Android",
                "Samsung Internet"),
        ANDROID_TABLET(
                "Mozilla/5.0 (Linux; Android 13; SM-X900) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
                "tablet",
                "Android",
                "Chrome"),
        OPERA_MAC(
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0",
                "desktop",
                "macOS",
                "Opera"),
        CHROMEBOOK(
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
                "desktop",
                "ChromeOS",
                "Chrome");

        final String userAgent;
        final String device;
        final String os;
        final String browser;

        Agent(String userAgent, String device, String os, String browser) {
            this.userAgent = userAgent;
            this.device = device;
            this.os = os;
            this.browser = browser;
        }
    }

    /** Addresses whose place the bundled data of 2019 knows. */
    enum Place {
        MINNEAPOLIS("128.101.101.", "US", "United States", "Minnesota", "Minneapolis"),
        MANCHESTER("130.88.1.", "GB", "United Kingdom", "England", "Manchester"),
        BERLIN("2a02:8106:0:", "DE", "Germany", "Land Berlin", "Berlin"),
        ZURICH("129.132.1.", "CH", "Switzerland", "Zurich", "Zurich"),
        JILIN("175.16.199.", "CN", "China", "Jilin", null),
        SOMEWHERE_IN_THE_US("8.8.8.", "US", "United States", null, null),
        NOWHERE("198.51.100.", null, null, null, null);

        private final String network;
        final String code;
        final String country;
        final String region;
        final String city;

        Place(String network, String code, String country, String region, String city) {
            this.network = network;
            this.code = code;
            this.country = country;
            this.region = region;
            this.city = city;
        }

        /** One of its addresses, the same for the same number of at most 250. */
        String address(int number) {
            return network + (network.contains(":") ? Integer.toHexString(number) + "::1" : String.valueOf(number));
        }
    }

    enum Source {
        NONE(null, "direct"),
        GOOGLE("https://www.google.de/", "organic_search"),
        DUCKDUCKGO("https://duckduckgo.com/", "organic_search"),
        FACEBOOK("https://l.facebook.com/l.php?u=x", "social"),
        X("https://t.co/abc", "social"),
        GMAIL("https://mail.google.com/mail/u/0/", "email"),
        NETFLIX("https://www.netflix.com/title/1", "referral"),
        CHATGPT("https://chatgpt.com/", "referral"),
        /** The project's own site: the session decides. */
        OWN("https://www.shop.example/before", null);

        final String referrer;
        final String category;

        Source(String referrer, String category) {
            this.referrer = referrer;
            this.category = category;
        }
    }

    /** @param campaign source, medium and campaign, or null */
    record Page(String url, String title, Campaign campaign) {}

    record Campaign(String source, String medium, String name) {}

    Map<String, Object> body() {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("url", page.url);
        body.put("visitor_id", visitor);
        body.put("session_token", session);
        body.put("page_title", page.title);
        if (source.referrer != null) {
            body.put("referrer", source.referrer);
        }
        body.put("screen_resolution", "1920x1080");
        body.put("timezone", "Europe/Berlin");
        return body;
    }
}

package io.micrologs.bench.history;

import java.util.SplittableRandom;

/** The site: its URLs with their titles, the first ones viewed most. Immutable. */
final class Pages {
    /** One of ten is where a campaign leads. */
    private static final int LANDING_PART = 10;

    private static final String[] TOPICS = {
        "blog", "docs", "guides", "shop/shoes", "shop/bags", "pricing", "changelog", "help", "news", "careers"
    };
    private static final String[] TITLES = {
        "Getting started",
        "Größen und Farben – Übersicht",
        "How we moved 40 servers",
        "It just works",
        "価格とプラン",
        "Release notes",
        "Questions & answers",
        "Réglages avancés",
        "Our team",
        "Buying a used bicycle"
    };
    private static final String[] SOURCES = {"newsletter", "google", "facebook", "partner", "linkedin"};
    private static final String[] MEDIA = {"email", "cpc", "social", "referral", "social"};

    private final String[] urls;
    private final String[] titles;
    private final int plain;
    private final Skew views;
    private final Skew landings;

    Pages(String domain, int count) {
        urls = new String[count];
        titles = new String[count];
        plain = count - count / LANDING_PART;
        for (int n = 0; n < count; n++) {
            String path = n == 0 ? "" : TOPICS[n % TOPICS.length] + "/" + Integer.toString(n * 7919, 36) + "-page-" + n;
            urls[n] = "https://" + domain + "/" + path + (n < plain ? "" : campaign(n - plain));
            titles[n] = TITLES[n % TITLES.length] + " | " + n + " | Example Bicycles";
        }
        views = Skew.zipf(plain, 1);
        landings = Skew.zipf(count - plain, 1);
    }

    private static String campaign(int n) {
        int kind = n % SOURCES.length;
        return "?utm_source=" + SOURCES[kind] + "&utm_medium=" + MEDIA[kind] + "&utm_campaign=campaign-" + n % 50
                + (n % 3 == 0 ? "&utm_content=variant-" + n % 4 : "");
    }

    int draw(SplittableRandom random) {
        return views.draw(random.nextLong());
    }

    /** One whose URL names a campaign. */
    int drawLanding(SplittableRandom random) {
        return plain + landings.draw(random.nextLong());
    }

    String url(int page) {
        return urls[page];
    }

    String title(int page) {
        return titles[page];
    }
}

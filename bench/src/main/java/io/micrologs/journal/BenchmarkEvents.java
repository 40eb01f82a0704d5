package io.micrologs.journal;

/** What the benchmarks of this package work on: an ordinary pageview, about as large as the load benchmark's. */
final class BenchmarkEvents {
    static final Envelope ENVELOPE = new Envelope(
            1,
            0x0123_4567_89ab_cdefL,
            true,
            1_790_000_000_000L,
            0,
            0x1122_3344_5566_7788L,
            0x0fed_cba9_8765_4321L,
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"
                    + " Chrome/130.0.5675.60 Safari/537.36",
            "de-de");
    static final Pageview PAGEVIEW = new Pageview(
            "https://shop.example.com/docs/api/hbrhx-article-3675?utm_source=newsletter-3&utm_campaign=autumn-13",
            "Größen und Farben – Übersicht | 3675 | Example Bicycles",
            "https://blog-075.example.org/posts/2325",
            0x7777_6666_5555_4444L,
            "1920x1080",
            "Europe/Berlin");

    private BenchmarkEvents() {}
}

package io.micrologs.bench;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.IntFunction;

/** The parts that requests are put together from: what browsers send, in its real variety. Immutable by convention. */
final class WorkloadPieces {
    static final int AGENTS = 3_000;
    private static final String[] TOPICS = {
        "install", "pricing", "blog", "guides", "changelog", "docs/api", "shop/shoes", "shop/bags", "about", "careers"
    };
    private static final String[] TITLES = {
        "Getting started", "Größen und Farben – Übersicht", "How we moved 40 servers", "\\\"It just works\\\"",
                "価格とプラン",
        "Release notes", "Questions & answers", "Réglages avancés", "Our team", "Buying a used bicycle"
    };
    private static final String[] SITES = {
        "https://www.google.com/", "https://duckduckgo.com/", "https://www.bing.com/", "https://news.ycombinator.com/",
        "https://www.reddit.com/r/selfhosted/", "https://t.co/", "https://mail.google.com/", "https://lobste.rs/"
    };

    final byte[][] agents = pieces(AGENTS, WorkloadPieces::agent);
    final byte[][] addresses = pieces(Workload.ADDRESSES, WorkloadPieces::address);
    final byte[][] urls;
    final byte[][] titles =
            pieces(Workload.URLS, n -> TITLES[n % TITLES.length] + " | " + n + " | Example Bicycles and Everything");
    final byte[][] referrers = pieces(400, WorkloadPieces::referrer);
    final byte[][] campaigns =
            pieces(50, n -> "?utm_source=newsletter-" + n % 10 + "&utm_medium=email&utm_campaign=autumn-" + n);
    final byte[][] languages = pieces(
            6,
            n -> new String[] {
                        "en-US,en;q=0.9",
                        "de-DE,de;q=0.9,en;q=0.8",
                        "fr-FR,fr;q=0.9",
                        "ja,en-US;q=0.8",
                        "pt-BR,pt;q=0.9",
                        "en-GB"
                    }
                    [n]);
    final byte[][] screens =
            pieces(5, n -> new String[] {"1920x1080", "1366x768", "390x844", "412x915", "2560x1440"}[n]);
    final byte[][] zones = pieces(
            5,
            n -> new String[] {"Europe/Berlin", "America/New_York", "Asia/Tokyo", "America/Sao_Paulo", "Europe/London"}
                    [n]);

    WorkloadPieces(String domain) {
        urls = pieces(
                Workload.URLS,
                n -> "https://" + domain + "/" + TOPICS[n % TOPICS.length] + "/" + Integer.toString(n * 7919, 36)
                        + "-article-" + n);
    }

    private static String agent(int n) {
        int version = 100 + n % 47;
        int build = 4_000 + n;
        return switch (n % 6) {
            case 0 -> chrome("Windows NT 10.0; Win64; x64", version, build, "");
            case 1 -> chrome("Macintosh; Intel Mac OS X 10_15_7", version, build, "");
            case 2 -> chrome("Linux; Android 14; SM-S9" + n % 90 + "B", version, build, " Mobile");
            case 3 ->
                chrome("Windows NT 10.0; Win64; x64", version, build, "") + " Edg/" + version + ".0." + build % 99;
            case 4 ->
                "Mozilla/5.0 (X11; Linux x86_64; rv:" + version + ".0) Gecko/20100101 Firefox/" + version + "." + n;
            default ->
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_" + n % 7
                        + " like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17." + n % 7 + " Mobile/15E"
                        + build + " Safari/604.1";
        };
    }

    private static String chrome(String system, int version, int build, String mobile) {
        return "Mozilla/5.0 (" + system + ") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/" + version + ".0." + build
                + ".60" + mobile + " Safari/537.36";
    }

    /** Public unicast addresses only: 128 to 191, and a second part that no reserved block of these has. */
    private static String address(int n) {
        return (128 + n % 64) + "." + (100 + n / 64 % 100) + "." + (100 + n / 6_400) + ".7";
    }

    private static String referrer(int n) {
        return switch (n % 4) {
            case 0 -> "";
            case 1 -> SITES[n / 4 % SITES.length];
            default -> String.format(Locale.ROOT, "https://blog-%03d.example.org/posts/%d", n, n * 31);
        };
    }

    private static byte[][] pieces(int count, IntFunction<String> text) {
        byte[][] pieces = new byte[count][];
        for (int i = 0; i < count; i++) {
            pieces[i] = text.apply(i).getBytes(StandardCharsets.UTF_8);
        }
        return pieces;
    }
}

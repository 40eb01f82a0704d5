package io.micrologs.bench.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Where visits come from: a third from nowhere, most others from few sites, the rest from many. Immutable. */
final class Referrers {
    private static final int BLOGS = 2_000;

    private final List<String> sites = new ArrayList<>();
    private final Skew skew;

    Referrers() {
        List<Double> weights = new ArrayList<>();
        add(weights, 350, "");
        add(weights, 330, "https://www.google.com/");
        add(weights, 30, "https://www.bing.com/");
        add(weights, 22, "https://duckduckgo.com/");
        add(weights, 10, "https://www.ecosia.org/");
        add(weights, 30, "https://www.facebook.com/");
        add(weights, 20, "https://www.reddit.com/");
        add(weights, 18, "https://t.co/");
        add(weights, 14, "https://www.linkedin.com/");
        add(weights, 10, "https://news.ycombinator.com/");
        add(weights, 20, "https://mail.google.com/");
        add(weights, 12, "https://chatgpt.com/");
        for (int n = 0; n < BLOGS; n++) {
            add(
                    weights,
                    25.0 / (n + 1),
                    String.format(Locale.ROOT, "https://blog-%04d.example.org/posts/%d", n, n * 31));
        }
        skew = Skew.of(weights.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private void add(List<Double> weights, double weight, String site) {
        weights.add(weight);
        sites.add(site);
    }

    @Nullable
    String draw(SplittableRandom random) {
        String site = sites.get(skew.draw(random.nextLong()));
        return site.isEmpty() ? null : site;
    }
}

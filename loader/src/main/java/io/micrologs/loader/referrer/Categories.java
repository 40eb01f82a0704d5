package io.micrologs.loader.referrer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which category a referrer's host belongs to, by the list in {@code hosts.txt}. Safe for any thread.
 *
 * <p>A host is looked up whole, then without its first label, and so on: the nearest entry decides, and
 * {@code netflix.com} is nobody's part. That needs no public suffix list. Only names with a site in every country,
 * such as {@code google.*}, have to know what may stand behind them: a country's two letters or {@code com}, alone or
 * behind {@code com}, {@code co}, {@code org} or {@code net}.
 */
public final class Categories {

    private static final String RESOURCE = "hosts.txt";
    private static final Set<String> BEFORE_COUNTRY = Set.of("com", "co", "org", "net");

    private final Map<String, Category> hosts = new HashMap<>();
    private final Map<String, Category> inEveryCountry = new HashMap<>();
    private final Map<String, Category> apps = new HashMap<>();

    private Categories() {}

    public static Categories load() {
        Categories categories = new Categories();
        try (InputStream in = Categories.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing");
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            Category section = Category.UNKNOWN;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String content = line.contains("#") ? line.substring(0, line.indexOf('#')) : line;
                if (content.startsWith("[")) {
                    section = Category.valueOf(
                            content.strip().replaceAll("[\\[\\]]", "").toUpperCase(Locale.ROOT));
                    continue;
                }
                for (String host : content.strip().split("\\s+")) {
                    categories.add(host, section);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return categories;
    }

    private void add(String entry, Category category) {
        if (entry.isEmpty()) {
            return;
        }
        Category before;
        if (entry.startsWith("app:")) {
            before = apps.put(entry.substring("app:".length()), category);
        } else if (entry.endsWith(".*")) {
            before = inEveryCountry.put(entry.substring(0, entry.length() - 2), category);
        } else {
            before = hosts.put(entry, category);
        }
        if (before != null) {
            throw new IllegalStateException(RESOURCE + " names " + entry + " twice");
        }
    }

    /** Of a referrer that is not the project's own site. */
    public Category of(@Nullable String referrer) {
        if (referrer == null || referrer.isBlank()) {
            return Category.DIRECT;
        }
        Referrer parsed = Referrer.of(referrer);
        if (parsed == null) {
            return Category.UNKNOWN;
        }
        if (parsed.app()) {
            return apps.getOrDefault(parsed.host(), Category.REFERRAL);
        }
        String name = parsed.host();
        while (true) {
            Category category = ofName(name);
            if (category != null) {
                return category;
            }
            int dot = name.indexOf('.');
            if (dot < 0) {
                return Category.REFERRAL;
            }
            name = name.substring(dot + 1);
        }
    }

    /** Of this very name: an entry of its own, or {@code mail.google.*} and the like. */
    private @Nullable Category ofName(String name) {
        Category category = hosts.get(name);
        for (int dot = name.lastIndexOf('.'); category == null && dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
            if (isCountry(name.substring(dot + 1))) {
                category = inEveryCountry.get(name.substring(0, dot));
            }
        }
        return category;
    }

    private static boolean isCountry(String suffix) {
        int dot = suffix.indexOf('.');
        String last = suffix.substring(dot + 1);
        boolean country = last.length() == 2 && last.indexOf('.') < 0;
        return dot < 0 ? country || suffix.equals("com") : country && BEFORE_COUNTRY.contains(suffix.substring(0, dot));
    }
}

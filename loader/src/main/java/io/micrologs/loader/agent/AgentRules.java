package io.micrologs.loader.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * uap-core's ordered expressions; the first that is found names the family. Single-threaded.
 *
 * <p>The data is uap-java's, the matching is not: its own takes a String, which the JDK's matcher cannot be stopped in,
 * and some expressions take 3 ms each on 512 crafted characters. Here every character that a matcher looks at is counted,
 * and what takes more than {@value #STEPS_MAX} of them is nothing known. Steps, not time, so that a record that is loaded
 * again gives the same row. A browser of today takes 50,000 to 200,000.
 */
final class AgentRules {

    static final int STEPS_MAX = 500_000;

    private static final String RESOURCE = "/ua_parser/regexes.yaml";
    private static final int YAML_CODE_POINTS_MAX = 4 << 20;

    /** @param version what the expression calls major, or for a system major and minor */
    record Named(String family, @Nullable String version) {}

    private record Rule(
            Pattern pattern,
            @Nullable String family,
            @Nullable String major,
            @Nullable String minor) {}

    /** Compiling them takes 400 ms, and they never change. */
    private static final Map<String, List<Rule>> RULES = load();

    private static final String BROWSERS = "user_agent_parsers";
    private static final String SYSTEMS = "os_parsers";

    private int steps;

    private static Map<String, List<Rule>> load() {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(YAML_CODE_POINTS_MAX);
        try (InputStream in = ua_parser.Parser.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("uap-java has no " + RESOURCE);
            }
            Map<String, List<Map<String, String>>> rules = new Yaml(new SafeConstructor(options)).load(in);
            return Map.of(
                    BROWSERS,
                    rules(rules.get(BROWSERS), "family_replacement", "v1_replacement", "none"),
                    SYSTEMS,
                    rules(rules.get(SYSTEMS), "os_replacement", "os_v1_replacement", "os_v2_replacement"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Rule> rules(
            @Nullable List<Map<String, String>> given, String family, String major, String minor) {
        if (given == null) {
            throw new IllegalStateException(RESOURCE + " lacks a list");
        }
        List<Rule> rules = new ArrayList<>(given.size());
        for (Map<String, String> rule : given) {
            String regex = rule.get("regex");
            if (regex == null) {
                throw new IllegalStateException("a rule of " + RESOURCE + " has no expression");
            }
            rules.add(new Rule(Pattern.compile(regex), rule.get(family), rule.get(major), rule.get(minor)));
        }
        return List.copyOf(rules);
    }

    /** With its major version. */
    @Nullable
    Named browser(String text) {
        return first(BROWSERS, text, false);
    }

    /** With its major and minor version. */
    @Nullable
    Named system(String text) {
        return first(SYSTEMS, text, true);
    }

    private @Nullable Named first(String kind, String text, boolean minorToo) {
        steps = 0;
        Text counted = new Text(text);
        try {
            for (Rule rule : RULES.getOrDefault(kind, List.of())) {
                Matcher matcher = rule.pattern.matcher(counted);
                if (matcher.find()) {
                    return named(rule, matcher, minorToo);
                }
            }
        } catch (TooManyStepsException e) {
            return null;
        }
        return null;
    }

    private static @Nullable Named named(Rule rule, Matcher matcher, boolean minorToo) {
        String family = filled(rule.family, matcher, 1);
        if (family == null || family.equals("Other")) {
            return null;
        }
        String major = filled(rule.major, matcher, 2);
        String minor = minorToo && major != null ? filled(rule.minor, matcher, 3) : null;
        return new Named(family, minor == null ? major : major + "." + minor);
    }

    /** The replacement with its {@code $n} filled in, or the group that stands for the field. */
    private static @Nullable String filled(@Nullable String replacement, Matcher matcher, int group) {
        String value;
        if (replacement == null) {
            value = group <= matcher.groupCount() ? matcher.group(group) : null;
        } else {
            value = replacement;
            for (int i = 1; i <= matcher.groupCount() && value.indexOf('$') >= 0; i++) {
                String given = matcher.group(i);
                value = value.replace("$" + i, given == null ? "" : given);
            }
        }
        String stripped = value == null ? "" : value.strip();
        return stripped.isEmpty() ? null : stripped;
    }

    /** For the figures in the documentation. */
    int steps() {
        return steps;
    }

    private static final class TooManyStepsException extends RuntimeException {
        private static final TooManyStepsException ONLY = new TooManyStepsException();

        private TooManyStepsException() {
            super("too many steps", null, false, false);
        }
    }

    /** A text that counts how often it is looked at. */
    private final class Text implements CharSequence {

        private final String text;

        Text(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (++steps > STEPS_MAX) {
                throw TooManyStepsException.ONLY;
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}

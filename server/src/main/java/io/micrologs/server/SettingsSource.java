package io.micrologs.server;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Supplies settings that no flag gives, from the environment and then the file, and remembers where each came from.
 *
 * <p>picocli is the configuration library: an option declares key, type, default and description once, and asks here
 * before it takes its default.
 */
final class SettingsSource implements IDefaultValueProvider {

    private static final String DEFAULT_FILE = "micrologs.properties";
    private static final String PREFIX = "MICROLOGS_";
    /** What Kubernetes and Docker links set by themselves for a service that is called micrologs. */
    private static final String ORCHESTRATOR = "MICROLOGS_(SERVICE_(HOST|PORT)|PORT)(_.*)?|MICROLOGS_NAME";

    private static final Set<String> SECRETS = Set.of("admin.key", "hash.salt", "database.password");

    private final Map<String, String> environment = new TreeMap<>();
    private final Map<String, String> file = new TreeMap<>();
    private final Map<String, String> variableOf = new TreeMap<>();
    private final @Nullable Path path;

    private SettingsSource(@Nullable Path path) {
        this.path = path;
    }

    /**
     * Reads file and environment and refuses keys that no setting has.
     *
     * @param args the command line, for {@code --config} alone
     */
    static SettingsSource read(String[] args, Map<String, String> variables) {
        Set<String> keys = keys();
        SettingsSource source = new SettingsSource(file(args, variables));
        for (String key : keys) {
            source.variableOf.put(
                    PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'), key);
        }
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            String name = variable.getKey();
            if (!name.startsWith(PREFIX) || name.matches(ORCHESTRATOR)) {
                continue;
            }
            String key = source.variableOf.get(name);
            if (key == null) {
                throw new OperatorException(
                        "environment variable " + name + " is no setting" + nearest(name, source.variableOf.keySet()));
            }
            source.environment.put(key, variable.getValue());
        }
        if (source.path != null) {
            source.readFile(source.path, keys);
        }
        return source;
    }

    /** All keys that a file may have; {@code config} itself cannot stand in the file. */
    static Set<String> keys() {
        Set<String> keys = new TreeSet<>();
        for (OptionSpec option : CommandSpec.forAnnotatedObject(new Settings()).options()) {
            keys.add(key(option));
        }
        return keys;
    }

    static String key(OptionSpec option) {
        return option.longestName().substring("--".length());
    }

    static boolean isSecret(String key) {
        return SECRETS.contains(key);
    }

    /** Where the value of a setting came from, in words for an operator. */
    String origin(String key, boolean flagGiven) {
        if (flagGiven) {
            return "flag";
        }
        if (environment.containsKey(key)) {
            return "environment";
        }
        return file.containsKey(key) ? "file " + path : "default";
    }

    @Override
    public @Nullable String defaultValue(ArgSpec arg) {
        if (!(arg instanceof OptionSpec option) || !option.longestName().startsWith("--")) {
            return null;
        }
        String key = key(option);
        String value = environment.get(key);
        return value == null ? file.get(key) : value;
    }

    private void readFile(Path path, Set<String> keys) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new OperatorException("the configuration file " + path + " cannot be read: " + e.getMessage(), e);
        }
        for (String key : properties.stringPropertyNames()) {
            if (!keys.contains(key) || key.equals("config")) {
                throw new OperatorException(path + ": " + key + " is no setting" + nearest(key, keys));
            }
            file.put(key, properties.getProperty(key).trim());
        }
    }

    private static @Nullable Path file(String[] args, Map<String, String> variables) {
        String named = variables.get(PREFIX + "CONFIG");
        for (int i = 0; i < args.length; i++) {
            if (args[i].startsWith("--config=")) {
                named = args[i].substring("--config=".length());
            } else if (args[i].equals("--config") && i + 1 < args.length) {
                named = args[i + 1];
            }
        }
        if (named != null) {
            return Path.of(named);
        }
        Path standard = Path.of(DEFAULT_FILE);
        return Files.exists(standard) ? standard : null;
    }

    private static String nearest(String wrong, Set<String> known) {
        String best = "";
        int bestDistance = Math.max(2, wrong.length() / 3);
        for (String candidate : known) {
            int distance = distance(wrong, candidate);
            if (distance <= bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best.isEmpty() ? "; `micrologs config` lists them all" : "; did you mean " + best + "?";
    }

    /** Levenshtein's edit distance, by the usual row-by-row table. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substitution = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substitution, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}

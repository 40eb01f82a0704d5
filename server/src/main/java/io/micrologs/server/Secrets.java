package io.micrologs.server;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Admin key and salt: the configured ones, else those generated once into {@code secrets.properties}.
 *
 * @param adminKeyFromFile whether {@code secrets.properties} is where the operator finds the admin key
 */
record Secrets(String adminKey, String hashSalt, boolean adminKeyFromFile) {

    private static final int GENERATED_BYTES = 32;

    static Secrets of(Settings settings, DataDirectory data) {
        if (settings.adminKey != null && settings.hashSalt != null) {
            return new Secrets(settings.adminKey, settings.hashSalt, false);
        }
        Properties stored = read(data.secrets());
        String adminKey = settings.adminKey == null ? stored.getProperty("admin.key") : settings.adminKey;
        String hashSalt = settings.hashSalt == null ? stored.getProperty("hash.salt") : settings.hashSalt;
        if (adminKey == null || hashSalt == null) {
            SecureRandom random = new SecureRandom();
            adminKey = adminKey == null ? generate(random) : adminKey;
            hashSalt = hashSalt == null ? generate(random) : hashSalt;
            String text = text(stored, settings, adminKey, hashSalt);
            if (!stored.isEmpty()) {
                DataDirectory.replace(data.secrets(), text);
            } else if (!DataDirectory.create(data.secrets(), text)) {
                // Roles that start together on a fresh directory must not end up with a salt each.
                return of(settings, data);
            }
        }
        return new Secrets(adminKey, hashSalt, settings.adminKey == null);
    }

    /** The salt that a server here works with; null when there is none, and none is made. */
    static @Nullable String knownSalt(Settings settings, DataDirectory data) {
        return settings.hashSalt == null ? read(data.secrets()).getProperty("hash.salt") : settings.hashSalt;
    }

    private static Properties read(Path file) {
        Properties stored = new Properties();
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                stored.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new OperatorException(file + " cannot be read: " + e.getMessage(), e);
            }
            check(file, "admin.key", stored.getProperty("admin.key"));
            check(file, "hash.salt", stored.getProperty("hash.salt"));
        }
        return stored;
    }

    /** A file cut short must not silently become another salt: every visitor would count as new. */
    private static void check(Path file, String key, @Nullable String value) {
        if (value != null && (value.length() < 32 || value.length() > 256)) {
            throw new OperatorException(file + ": " + key + " must be 32 to 256 characters, is " + value.length()
                    + "; restore the file from your backup");
        }
    }

    private static String text(Properties stored, Settings settings, String adminKey, String hashSalt) {
        StringBuilder text =
                new StringBuilder("# Made by Micrologs. Keep it secret, and in your backups: without the salt,"
                        + " known visitors count as new ones.\n");
        if (settings.adminKey == null || stored.containsKey("admin.key")) {
            text.append("admin.key=")
                    .append(stored.getProperty("admin.key", adminKey))
                    .append('\n');
        }
        if (settings.hashSalt == null || stored.containsKey("hash.salt")) {
            text.append("hash.salt=")
                    .append(stored.getProperty("hash.salt", hashSalt))
                    .append('\n');
        }
        return text.toString();
    }

    private static String generate(SecureRandom random) {
        byte[] bytes = new byte[GENERATED_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public String toString() {
        return "Secrets[masked]";
    }
}

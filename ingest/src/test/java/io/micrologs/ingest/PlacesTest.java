package io.micrologs.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrologs.journal.JournalConfig;
import io.micrologs.journal.Place;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From an address to a place, with the bundled data and with an operator's file that comes, changes and breaks. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PlacesTest {
    private static final String PAGEVIEW = "/api/track/pageview?k=" + Edge.PUBLIC;
    private static final String VIEW =
            "{\"url\":\"https://shop.example/a\",\"visitor_id\":\"v1\",\"session_token\":\"s1\"}";

    private Places bundled;
    private Path bundledDirectory;

    @BeforeAll
    void load(@TempDir Path directory) {
        bundledDirectory = directory;
        bundled = new Places(new IngestConfig(Edge.SALT, directory, true, null, directory.resolve("salts"), 0));
        bundled.load();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "81.2.69.142,          GB, England,            Abingdon",
                "216.160.83.56,        US, Idaho,              Salmon",
                "8.8.8.8,              US, -,                  -",
                "2a02:8108::1,         DE, Schleswig-Holstein, Kiel",
            })
    void address_hasAPlace(String address, String country, String region, String city) throws IOException {
        PlaceCache cache = new PlaceCache(bundled);
        byte[] bytes = InetAddress.getByName(address).getAddress();
        assertThat(cache.of(bytes)).isEqualTo(new Place(country, region, city));
        assertThat(cache.of(bytes.clone())).isSameAs(cache.of(bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.1.2.3",
                "192.168.1.1",
                "172.16.0.9",
                "169.254.1.1",
                "100.64.0.1",
                "0.0.0.0",
                "::1",
                "fe80::1",
                "fd00::1",
                "::"
            })
    void privateAddress_isNowhere(String address) throws IOException {
        assertThat(new PlaceCache(bundled).of(InetAddress.getByName(address).getAddress()))
                .isSameAs(Place.UNKNOWN);
    }

    @Test
    void bundled_saysHowOldItIsAndLeavesNoFile() throws IOException {
        assertThat(bundled.status())
                .isEqualTo(new GeoipStatus(false, "bundled GeoLite2 of 2019-11-19; set geoip.path for a current one"));
        try (var files = Files.list(bundledDirectory)) {
            assertThat(files).isEmpty();
        }
    }

    /** A second server on the directory loads before it is refused; the first one may be starting just then. */
    @Test
    void bundled_loadedTwiceAtOnce_disturbsNoOther(@TempDir Path directory) {
        List<Places> both = Stream.generate(() ->
                        new Places(new IngestConfig(Edge.SALT, directory, true, null, directory.resolve("salts"), 0)))
                .limit(2)
                .toList();
        both.parallelStream().forEach(Places::load);
        assertThat(both).allSatisfy(places -> assertThat(places.source()).isEqualTo("GeoLite2 of 2019-11-19"));
    }

    @Test
    void whatAKilledLoaderUnpacked_isRemovedByTheNextStart(@TempDir Path directory) throws IOException {
        JournalConfig journal =
                new JournalConfig(directory.resolve("journal"), "hourly", Duration.ofDays(7), 20L << 30, 0, 64);
        Path left = Files.writeString(directory.resolve("geoip-bundled123.tmp"), "half of it");
        try (Edge edge = new Edge(journal, IngestConfig.withoutPlaces(Edge.SALT, directory), true)) {
            assertThat(edge.ingest.geoip().ok()).isTrue();
            assertThat(left).doesNotExist();
        }
    }

    @Test
    void namesAreCutAndCodesChecked() {
        String name = "😀".repeat(101);
        var named = new PlaceDatabase.Named(new PlaceDatabase.Names(name));
        var record = new PlaceDatabase.Record(
                new PlaceDatabase.Country("FR"), java.util.List.of(named), new PlaceDatabase.Named(null));
        assertThat(record.place()).isEqualTo(new Place("FR", "😀".repeat(100), null));
        for (String code : new String[] {"ZZ", "fr", "FRA", ""}) {
            assertThat(new PlaceDatabase.Record(new PlaceDatabase.Country(code), null, named).place())
                    .isSameAs(Place.UNKNOWN);
        }
    }

    @Test
    void file_isUsedFollowedAndKeptWhenItBreaks(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("mine.mmdb");
        unpack("/GeoLite2-Country.mmdb", file);
        Places places = new Places(new IngestConfig(Edge.SALT, directory, true, file, directory.resolve("salts"), 0));
        PlaceCache cache = new PlaceCache(places);
        byte[] london = {81, 2, 69, (byte) 142};
        places.load();
        assertThat(places.status())
                .isEqualTo(new GeoipStatus(true, "GeoLite2-Country of 2019-11-12 from " + file.getFileName()));
        assertThat(cache.of(london)).isEqualTo(new Place("GB", null, null));
        PlaceDatabase first = Objects.requireNonNull(places.current());

        places.refresh();
        assertThat(places.current()).isSameAs(first);

        Files.write(file, new byte[] {1, 2, 3});
        places.refresh();
        assertThat(places.status().ok()).isFalse();
        assertThat(places.status().message())
                .startsWith(file.getFileName() + " cannot be used: ")
                .contains("GeoLite2-Country of 2019-11-12 stays in use")
                .contains("geoip.path");
        assertThat(places.current()).isSameAs(first);

        Files.delete(file);
        places.refresh();
        assertThat(places.status().message()).contains("it is not there");
        assertThat(cache.of(london)).isEqualTo(new Place("GB", null, null));

        unpack("/GeoLite2-ASN.mmdb", file);
        places.refresh();
        assertThat(places.status().message())
                .contains("it is a GeoLite2-ASN database, a City or Country one is needed");

        unpack("/GeoLite2-City.mmdb", file);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L));
        places.refresh();
        assertThat(places.status())
                .isEqualTo(new GeoipStatus(true, "GeoLite2-City of 2019-11-12 from " + file.getFileName()));
        // The loop's memory does not outlive the database it came from.
        assertThat(cache.of(london)).isEqualTo(new Place("GB", "England", "Abingdon"));
    }

    @Test
    void missingFileAtTheStart_isAWarningOverTheBundledData(@TempDir Path directory) {
        Path file = directory.resolve("none-there.mmdb");
        Places places = new Places(new IngestConfig(Edge.SALT, directory, true, file, directory.resolve("salts"), 0));
        places.load();
        assertThat(places.status().ok()).isFalse();
        assertThat(places.status().message())
                .contains(file.getFileName()
                        + " cannot be used: it is not there; the bundled GeoLite2 of 2019-11-19 stays in use");
        assertThat(new PlaceCache(places).of(new byte[] {8, 8, 8, 8}).countryCode())
                .isEqualTo("US");
    }

    /** As on a mount whose server is gone: opening the file does not return. */
    @Test
    void fileThatHangs_stopsNoOtherUpkeep(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("mine.mmdb");
        unpack("/GeoLite2-Country.mmdb", file);
        JournalConfig journal =
                new JournalConfig(directory.resolve("journal"), "hourly", Duration.ofDays(7), 20L << 30, 0, 64);
        try (Edge edge = new Edge(
                        journal,
                        new IngestConfig(Edge.SALT, directory, true, file, directory.resolve("salts"), 0),
                        true);
                Http http = edge.connect()) {
            Path pipe = directory.resolve("pipe");
            assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                    .isZero();
            Files.move(pipe, file, StandardCopyOption.REPLACE_EXISTING);
            Wait.until(() -> Thread.getAllStackTraces().keySet().stream()
                    .anyMatch(thread -> thread.getName().equals("geoip-load")));
            http.post("/api/track/audit", "{}");
            Wait.until(() -> edge.refusals().equals(Map.of(0, Map.of("key_missing", 1L))));
            // Lets go of the reader, so that no thread is left behind.
            Files.newOutputStream(file).close();
        }
    }

    @Test
    void event_hasThePlaceOfItsClient(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("mine.mmdb");
        unpack("/GeoLite2-Country.mmdb", file);
        JournalConfig journal =
                new JournalConfig(directory.resolve("journal"), "hourly", Duration.ofDays(7), 20L << 30, 0, 64);
        try (Edge edge = new Edge(
                        journal,
                        new IngestConfig(Edge.SALT, directory, true, file, directory.resolve("salts"), 0),
                        true);
                Http http = edge.connect()) {
            http.post(PAGEVIEW, VIEW, "X-Forwarded-For", "81.2.69.142");
            assertThat(edge.last().envelope().place()).isEqualTo(new Place("GB", null, null));
            http.post(PAGEVIEW, VIEW, "X-Forwarded-For", "2a02:8108::1");
            assertThat(edge.last().envelope().place()).isEqualTo(new Place("DE", null, null));
            http.post(PAGEVIEW, VIEW);
            assertThat(edge.last().envelope().place()).isEqualTo(Place.UNKNOWN);
            assertThat(edge.ingest.geoip().ok()).isTrue();
        }
    }

    private static void unpack(String resource, Path file) throws IOException {
        try (InputStream in = Objects.requireNonNull(Place.class.getResourceAsStream(resource))) {
            Files.write(file, in.readAllBytes());
        }
    }
}

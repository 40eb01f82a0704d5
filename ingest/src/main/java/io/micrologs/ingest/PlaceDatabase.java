package io.micrologs.ingest;

import com.maxmind.db.CHMCache;
import com.maxmind.db.MaxMindDbConstructor;
import com.maxmind.db.MaxMindDbParameter;
import com.maxmind.db.Reader;
import io.micrologs.journal.Place;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A City or Country database in MaxMind's format (GeoLite2, GeoIP2, DB-IP), in memory. Thread-safe. */
final class PlaceDatabase {
    private static final int NAME_MAX = 100;
    private static final int CGN_FIRST = 100;

    /** Looked up once before a database is taken: what is broken inside shows here and not on requests. */
    private static final List<byte[]> PROBES =
            List.of(new byte[] {8, 8, 8, 8}, new byte[] {81, 2, 69, (byte) 142}, new byte[] {1, 1, 1, 1});

    private final Reader reader;
    private final boolean ipv4Only;

    private PlaceDatabase(Reader reader) {
        this.reader = reader;
        this.ipv4Only = reader.getMetadata().ipVersion() == 4;
    }

    /** Throws {@link IOException} whose message completes "cannot be used: …". */
    static PlaceDatabase read(Path file) throws IOException {
        try {
            Reader reader = new Reader(file.toFile(), Reader.FileMode.MEMORY, new CHMCache());
            String type = reader.getMetadata().databaseType();
            String lower = type.toLowerCase(Locale.ROOT);
            if (!lower.contains("city") && !lower.contains("country") && !lower.contains("enterprise")) {
                throw new IOException("it is a " + type + " database, a City or Country one is needed");
            }
            PlaceDatabase database = new PlaceDatabase(reader);
            for (byte[] probe : PROBES) {
                database.lookUp(probe);
            }
            return database;
        } catch (RuntimeException e) {
            // What the reader throws for garbage that happens to look like a database.
            throw new IOException("it is damaged: " + e.getMessage(), e);
        }
    }

    String type() {
        return reader.getMetadata().databaseType();
    }

    LocalDate built() {
        return LocalDate.ofInstant(reader.getMetadata().buildTime(), ZoneOffset.UTC);
    }

    /** Never throws: an address that cannot be looked up is nowhere. */
    Place place(byte[] address) {
        try {
            return lookUp(address);
        } catch (IOException | RuntimeException e) {
            return Place.UNKNOWN;
        }
    }

    private Place lookUp(byte[] bytes) throws IOException {
        InetAddress address = InetAddress.getByAddress(bytes);
        if (isPrivate(address, bytes) || (ipv4Only && bytes.length == 16)) {
            return Place.UNKNOWN;
        }
        Record found = reader.get(address, Record.class);
        return found == null ? Place.UNKNOWN : found.place();
    }

    private static boolean isPrivate(InetAddress address, byte[] bytes) {
        boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
        boolean carrierGrade = bytes.length == 4 && bytes[0] == CGN_FIRST && (bytes[1] & 0xc0) == 0x40;
        return address.isSiteLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isAnyLocalAddress()
                || uniqueLocal
                || carrierGrade;
    }

    // ---- what is decoded of a record, everything else in it is skipped; public, because the library makes them by
    // reflection

    public record Names(
            @MaxMindDbParameter(name = "en") @Nullable String en) {
        @MaxMindDbConstructor
        public Names {}
    }

    public record Country(
            @MaxMindDbParameter(name = "iso_code") @Nullable String isoCode) {
        @MaxMindDbConstructor
        public Country {}
    }

    public record Named(
            @MaxMindDbParameter(name = "names") @Nullable Names names) {
        @MaxMindDbConstructor
        public Named {}

        @Nullable
        String english() {
            String name = names == null ? null : names.en;
            return name == null || name.isBlank() || Text.problem(name) != null ? null : Text.cut(name, NAME_MAX);
        }
    }

    public record Record(
            @MaxMindDbParameter(name = "country") @Nullable Country country,

            @MaxMindDbParameter(name = "subdivisions") @Nullable
            List<Named> subdivisions,

            @MaxMindDbParameter(name = "city") @Nullable Named city) {
        @MaxMindDbConstructor
        public Record {}

        Place place() {
            String code = country == null ? null : country.isoCode;
            if (code == null || !isCode(code)) {
                return Place.UNKNOWN;
            }
            return new Place(
                    code,
                    subdivisions == null || subdivisions.isEmpty()
                            ? null
                            : subdivisions.get(0).english(),
                    city == null ? null : city.english());
        }

        /** Some publishers write ZZ where they know nothing. */
        private static boolean isCode(String text) {
            return text.length() == 2
                    && text.charAt(0) >= 'A'
                    && text.charAt(0) <= 'Z'
                    && text.charAt(1) >= 'A'
                    && text.charAt(1) <= 'Z'
                    && !text.equals("ZZ");
        }
    }
}

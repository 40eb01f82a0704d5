package io.micrologs.ingest;

import io.micrologs.journal.Place;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Where addresses are, for one event loop, which remembers those of its recent clients. Single-threaded: its loop. */
final class PlaceCache {
    /** Remembered by each loop, twice; an entry takes about 150 bytes. */
    private static final int ADDRESSES_MAX = 8_192;

    /** An address, IPv4 in the lower half; it never leaves the memory. */
    private record Address(long high, long low, boolean ipv4) {
        byte[] bytes() {
            return ipv4
                    ? ByteBuffer.allocate(4).putInt((int) low).array()
                    : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
        }
    }

    private final Places places;
    private final Recent<Address, Place> recent = new Recent<>(ADDRESSES_MAX, this::lookUp);
    private @Nullable PlaceDatabase database;

    PlaceCache(Places places) {
        this.places = places;
    }

    Place of(byte[] address) {
        PlaceDatabase current = places.current();
        if (current == null) {
            return Place.UNKNOWN;
        }
        if (current != database) {
            database = current;
            recent.clear();
        }
        ByteBuffer bytes = ByteBuffer.wrap(address);
        return recent.get(
                address.length == 4
                        ? new Address(0, bytes.getInt(), true)
                        : new Address(bytes.getLong(), bytes.getLong(), false));
    }

    private Place lookUp(Address address) {
        PlaceDatabase current = database;
        return current == null ? Place.UNKNOWN : current.place(address.bytes());
    }
}

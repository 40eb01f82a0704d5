package io.micrologs.loader;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows known to be committed, in two generations: what was not asked for while a whole generation filled is let go.
 * Single-threaded: loader thread.
 *
 * <p>It lets go only in {@link #trim}, between batches, so that what was looked up for a batch stays until its end.
 */
final class Cache<K, V> {

    private final int entriesMax;
    private Map<K, V> young = new HashMap<>();
    private Map<K, V> old = new HashMap<>();

    Cache(int entriesMax) {
        this.entriesMax = entriesMax;
    }

    @Nullable
    V get(K key) {
        V value = young.get(key);
        if (value == null) {
            value = old.remove(key);
            if (value != null) {
                young.put(key, value);
            }
        }
        return value;
    }

    void put(K key, V value) {
        young.put(key, value);
        old.remove(key);
    }

    void trim() {
        if (young.size() > entriesMax / 2) {
            old = young;
            young = new HashMap<>();
        }
    }

    void clear() {
        young = new HashMap<>();
        old = new HashMap<>();
    }

    int size() {
        return young.size() + old.size();
    }
}

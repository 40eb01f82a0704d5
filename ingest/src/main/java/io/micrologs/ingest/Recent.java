package io.micrologs.ingest;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Remembers the answers to what was asked lately, at most twice {@code entriesMax} of them. Single-threaded: one per event
 * loop, so that nobody waits for anybody.
 *
 * <p>Two generations instead of an order of use: what is asked again moves to the young one, and when that is full the old
 * one goes as a whole. A flood of strangers costs two tables, and what is in use survives it when it is asked for often
 * enough.
 */
final class Recent<K, V> {
    private final Function<K, V> answer;
    private final int entriesMax;
    private Map<K, V> young;
    private Map<K, V> old = Map.of();

    /** @param answer never null */
    Recent(int entriesMax, Function<K, V> answer) {
        this.answer = answer;
        this.entriesMax = entriesMax;
        this.young = new HashMap<>();
    }

    V get(K key) {
        V known = young.get(key);
        if (known != null) {
            return known;
        }
        V older = old.get(key);
        V value = older == null ? answer.apply(key) : older;
        if (young.size() >= entriesMax) {
            old = young;
            young = new HashMap<>();
        }
        young.put(key, value);
        return value;
    }

    void clear() {
        young = new HashMap<>();
        old = Map.of();
    }

    int size() {
        return young.size() + old.size();
    }
}

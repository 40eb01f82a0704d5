package io.micrologs.query;

import io.micrologs.query.ControlSnapshot.ProjectKeys;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the project of a presented key. Immutable; one is made for each snapshot.
 *
 * <p>Every key is looked up by the first 8 bytes of its SHA-256, the public one too, and the whole hash is then compared in
 * constant time: how long a lookup takes depends on bytes that nobody can choose, so it tells nothing about how much of a
 * guess was right.
 */
final class KeyRing {
    enum Kind {
        PUBLIC,
        SECRET
    }

    record Holder(ProjectKeys project, Kind kind) {}

    private record Entry(byte[] sha256, Holder holder) {}

    private final Map<Long, Entry> entries = new HashMap<>();

    KeyRing(ControlSnapshot snapshot) {
        for (ProjectKeys project : snapshot.projects()) {
            if (project.active()) {
                put(Keys.sha256(project.publicKey()), new Holder(project, Kind.PUBLIC));
                put(project.secretKeySha256().clone(), new Holder(project, Kind.SECRET));
            }
        }
    }

    private void put(byte[] sha256, Holder holder) {
        entries.put(first8(sha256), new Entry(sha256, holder));
    }

    /** Null for a key that opens nothing: unknown, or of a project that is disabled or deleted. */
    @Nullable
    Holder find(String key) {
        byte[] sha256 = Keys.sha256(key);
        Entry entry = entries.get(first8(sha256));
        return entry != null && MessageDigest.isEqual(sha256, entry.sha256) ? entry.holder : null;
    }

    private static long first8(byte[] sha256) {
        return ByteBuffer.wrap(sha256).getLong();
    }
}

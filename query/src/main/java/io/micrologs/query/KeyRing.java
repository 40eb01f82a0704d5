package io.micrologs.query;

import io.micrologs.query.ControlSnapshot.ProjectKeys;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the project of a presented key. Immutable; one is made for each snapshot.
 *
 * <p>Every key is looked up by its SHA-256, the public one too: how long a lookup takes then depends on bytes that nobody
 * can choose, so it tells nothing about how much of a guess was right.
 */
final class KeyRing {
    enum Kind {
        PUBLIC,
        SECRET
    }

    record Holder(ProjectKeys project, Kind kind) {}

    private final Map<ByteBuffer, Holder> holders = new HashMap<>();

    KeyRing(ControlSnapshot snapshot) {
        for (ProjectKeys project : snapshot.projects()) {
            if (project.active()) {
                holders.put(ByteBuffer.wrap(Keys.sha256(project.publicKey())), new Holder(project, Kind.PUBLIC));
                holders.put(ByteBuffer.wrap(project.secretKeySha256().clone()), new Holder(project, Kind.SECRET));
            }
        }
    }

    /** Null for a key that opens nothing: unknown, or of a project that is disabled or deleted. */
    @Nullable
    Holder find(String key) {
        return holders.get(ByteBuffer.wrap(Keys.sha256(key)));
    }
}

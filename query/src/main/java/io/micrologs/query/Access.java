package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.http.Request;
import io.micrologs.query.ControlSnapshot.ProjectKeys;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Who asks, by the keys in force. Any thread. */
final class Access {
    static final Reply NO_BODY = Json.failure(400, "Invalid or missing JSON body");
    static final Reply BAD_KEY = Json.failure(401, "Invalid API key");

    private static final Reply UNAUTHORIZED = Json.failure(401, "Unauthorized");
    private static final Reply NO_KEY = Json.failure(401, "API key is required");

    private final byte[] adminKeySha256;
    private final ControlStore control;

    Access(QueryConfig config, ControlStore control) {
        this.adminKeySha256 = config.adminKeySha256();
        this.control = control;
    }

    /** Exactly one of the two is set. */
    record Caller(
            @Nullable ProjectKeys projectOrNull, @Nullable Reply refusal) {
        ProjectKeys project() {
            return Objects.requireNonNull(projectOrNull);
        }
    }

    /** The project whose secret key the request carries. */
    Caller secret(Request request) throws SQLException {
        String key = request.header("X-API-Key");
        if (key == null || key.isEmpty()) {
            return new Caller(null, NO_KEY);
        }
        KeyRing.Holder holder = control.keys().find(key);
        return holder == null || holder.kind() != KeyRing.Kind.SECRET
                ? new Caller(null, BAD_KEY)
                : new Caller(holder.project(), null);
    }

    /** Null for the administrator. Compares hashes, in constant time. */
    @Nullable
    Reply refuseUnlessAdmin(Request request) {
        String key = request.header("X-Admin-Key");
        return key != null && MessageDigest.isEqual(Keys.sha256(key), adminKeySha256) ? null : UNAUTHORIZED;
    }
}

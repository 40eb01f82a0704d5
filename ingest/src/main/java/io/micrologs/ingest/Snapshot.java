package io.micrologs.ingest;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the tracking edge knows of the control tables, so that it needs no database. Immutable.
 *
 * @param version of the control tables it was read from
 * @param projects the existing ones, disabled ones included
 * @param links the existing ones, inactive ones included
 */
public record Snapshot(long version, List<Project> projects, List<Link> links) {

    public Snapshot {
        projects = List.copyOf(projects);
        links = List.copyOf(links);
    }

    /**
     * A tracked link.
     *
     * @param code 8 characters of {@code [A-Za-z0-9]}
     * @param destinationUrl http or https
     */
    public record Link(int id, int projectId, String code, String destinationUrl, boolean active) {}

    /**
     * What a project lets its visitors decide, and whom it leaves out.
     *
     * @param cookieless visitors and sessions are made from the request, whatever ids it carries
     * @param fingerprint whether fingerprints are used
     * @param gpc whether a request with {@code Sec-GPC: 1} is left out
     * @param dnt whether a request with {@code DNT: 1} is left out
     * @param excludeCidrs client addresses that are left out
     */
    public record Privacy(
            boolean cookieless, boolean fingerprint, boolean gpc, boolean dnt, List<String> excludeCidrs) {
        public static final Privacy DEFAULT = new Privacy(false, true, true, false, List.of());

        public Privacy {
            excludeCidrs = List.copyOf(excludeCidrs);
        }
    }

    /**
     * @param publicKey 32 hex digits
     * @param secretKeySha256 of the secret key's 64 hex digits as text; 32 bytes, not to be changed
     * @param allowedDomains where pages with the public key may stand
     */
    public record Project(
            int id,
            String name,
            String publicKey,
            byte[] secretKeySha256,
            List<String> allowedDomains,
            boolean active,
            Privacy privacy) {

        public Project {
            if (id <= 0) {
                throw new IllegalArgumentException("project id must be above 0, is " + id);
            }
            if (secretKeySha256.length != 32) {
                throw new IllegalArgumentException("secretKeySha256 must be 32 bytes, is " + secretKeySha256.length);
            }
            allowedDomains = List.copyOf(allowedDomains);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Project that
                    && id == that.id
                    && name.equals(that.name)
                    && publicKey.equals(that.publicKey)
                    && Arrays.equals(secretKeySha256, that.secretKeySha256)
                    && allowedDomains.equals(that.allowedDomains)
                    && active == that.active
                    && privacy.equals(that.privacy);
        }

        @Override
        public int hashCode() {
            return Objects.hash(id, name, publicKey, allowedDomains, active, privacy);
        }

        /** Without the hash of the secret. */
        @Override
        public String toString() {
            return "Project " + id + " " + name;
        }
    }

    /** Empty when there is no such file, or nothing usable in it, which is logged. */
    public static Optional<Snapshot> read(Path file) {
        return SnapshotFile.read(file);
    }

    /** Replaces {@code file} at once, readable by its owner only. Throws {@link java.io.UncheckedIOException}. */
    public void write(Path file) {
        SnapshotFile.write(this, file);
    }
}

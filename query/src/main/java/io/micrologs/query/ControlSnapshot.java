package io.micrologs.query;

import java.time.ZoneId;
import java.util.List;

/**
 * The control tables as of one version: every project and link that is not deleted.
 *
 * @param version grows with every change; equal versions of one database mean equal content
 */
public record ControlSnapshot(long version, List<ProjectKeys> projects, List<Link> links) {

    public ControlSnapshot {
        projects = List.copyOf(projects);
        links = List.copyOf(links);
    }

    /** A tracked link of a project; {@code destinationUrl} is http or https. */
    public record Link(int id, int projectId, String code, String destinationUrl, boolean active) {}

    /**
     * A project, its keys and what decides about them.
     *
     * @param publicKey 32 lower-case hex digits
     * @param secretKeySha256 32 bytes; the secret key itself is kept nowhere
     * @param allowedDomains lower-case, without scheme
     * @param zone whose calendar days the project's numbers are counted in
     * @param active false: both keys are refused everywhere
     * @param settings what the project lets its visitors decide, and whom it leaves out
     */
    public record ProjectKeys(
            int id,
            String name,
            String publicKey,
            byte[] secretKeySha256,
            List<String> allowedDomains,
            ZoneId zone,
            boolean active,
            ProjectSettings settings) {

        public ProjectKeys {
            allowedDomains = List.copyOf(allowedDomains);
        }
    }
}

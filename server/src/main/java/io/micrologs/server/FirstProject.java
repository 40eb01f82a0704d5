package io.micrologs.server;

import io.micrologs.query.ProjectStore;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the project that a fresh installation starts with, and keeps its secret key where only the owner can read it. */
final class FirstProject {

    private static final Logger log = LoggerFactory.getLogger(FirstProject.class);
    private static final List<String> OWN_MACHINE = List.of("localhost", "127.0.0.1");

    private FirstProject() {}

    /** Makes the project if there is none at all, and lets {@code domains} send to the oldest one. */
    static void ensure(ProjectStore projects, List<String> domains, ZoneId zone, DataDirectory data)
            throws SQLException {
        List<ProjectStore.Listed> known = projects.list();
        Set<String> allowed = new LinkedHashSet<>(OWN_MACHINE);
        try {
            if (known.isEmpty()) {
                allowed.addAll(domains);
                write(projects.create("My first project", new ArrayList<>(allowed), zone), data);
                return;
            }
            if (!domains.isEmpty()) {
                ProjectStore.Listed oldest = known.get(known.size() - 1);
                allowed = new LinkedHashSet<>(oldest.allowedDomains());
                if (allowed.addAll(ProjectStore.cleaned(domains))) {
                    projects.allow(oldest.id(), new ArrayList<>(allowed));
                    log.info("project {} now allows {}", oldest.id(), String.join(", ", allowed));
                }
            }
        } catch (IllegalArgumentException e) {
            throw new OperatorException("--domain " + String.join(" --domain ", domains) + ": " + e.getMessage(), e);
        }
    }

    private static void write(ProjectStore.Created project, DataDirectory data) {
        DataDirectory.replace(data.firstProject(), """
                # The project that Micrologs made at its first start. The secret key reads and changes everything of the
                # project and is kept nowhere else; the public key is what pages carry.
                project_id=%d
                name=%s
                public_key=%s
                secret_key=%s
                """.formatted(
                        project.id(), project.name(), project.publicKey(), project.secretKey()));
        log.info("made project {}; its keys are in {}", project.id(), data.firstProject());
    }
}

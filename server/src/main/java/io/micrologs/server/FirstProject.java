package io.micrologs.server;

import io.micrologs.query.ProjectStore;
import io.micrologs.query.ProjectStore.NewKeys;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the project that a fresh installation starts with, and keeps its secret key where only the owner can read it. The
 * file with the keys comes first: the database has no more of the secret than its hash, and a process that died in between
 * would have taken it along.
 */
final class FirstProject {

    private static final Logger log = LoggerFactory.getLogger(FirstProject.class);
    private static final String NAME = "My first project";
    private static final List<String> OWN_MACHINE = List.of("localhost", "127.0.0.1");

    private FirstProject() {}

    /** Makes the project if there is none at all, and lets {@code domains} send to the oldest one. */
    static void ensure(ProjectStore projects, List<String> domains, ZoneId zone, DataDirectory data)
            throws SQLException {
        List<ProjectStore.Listed> known = projects.list();
        Set<String> allowed = new LinkedHashSet<>(OWN_MACHINE);
        try {
            NewKeys promised = promised(data);
            if (known.isEmpty()) {
                allowed.addAll(domains);
                NewKeys keys = promised == null ? NewKeys.random() : promised;
                write(data, null, NAME, keys);
                ProjectStore.Created made = projects.create(NAME, new ArrayList<>(allowed), zone, keys);
                write(data, made.id(), NAME, keys);
                log.info("made project {}; its keys are in {}", made.id(), data.firstProject());
                return;
            }
            if (promised != null) {
                complete(known, promised, data);
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

    /** The last start may have ended between the project and its file's last line. */
    private static void complete(List<ProjectStore.Listed> known, NewKeys promised, DataDirectory data) {
        known.stream()
                .filter(project -> project.publicKey().equals(promised.publicKey()))
                .forEach(project -> write(data, project.id(), project.name(), promised));
    }

    /** Keys that are in the file and in no project yet, as far as the file knows; null when there are none. */
    private static @Nullable NewKeys promised(DataDirectory data) {
        if (!Files.exists(data.firstProject())) {
            return null;
        }
        Properties file = new Properties();
        try (Reader reader = Files.newBufferedReader(data.firstProject())) {
            file.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new OperatorException(data.firstProject() + " cannot be read: " + e.getMessage(), e);
        }
        String publicKey = file.getProperty("public_key");
        String secretKey = file.getProperty("secret_key");
        return file.containsKey("project_id") || publicKey == null || secretKey == null
                ? null
                : new NewKeys(publicKey, secretKey);
    }

    /** @param id null as long as the project is only going to be made */
    private static void write(DataDirectory data, @Nullable Integer id, String name, NewKeys keys) {
        DataDirectory.replace(data.firstProject(), """
                # The project that Micrologs made at its first start. The secret key reads and changes everything of the
                # project and is kept nowhere else; the public key is what pages carry.
                %sname=%s
                public_key=%s
                secret_key=%s
                """.formatted(
                        id == null ? "" : "project_id=" + id + "\n", name, keys.publicKey(), keys.secretKey()));
    }
}

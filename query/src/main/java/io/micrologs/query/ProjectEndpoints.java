package io.micrologs.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrologs.http.Reply;
import io.micrologs.http.Request;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code /api/projects/*}. Any thread. */
final class ProjectEndpoints {
    private static final Reply UNAUTHORIZED = Json.failure(401, "Unauthorized");
    private static final Reply NO_BODY = Json.failure(400, "Invalid or missing JSON body");

    private final QueryConfig config;
    private final ProjectStore projects;

    ProjectEndpoints(QueryConfig config, ProjectStore projects) {
        this.config = config;
        this.projects = projects;
    }

    private record CreatedData(int id, String name, List<String> allowedDomains, String secretKey, String publicKey) {}

    private record ListData(int count, List<ProjectData> projects) {}

    private record ProjectData(
            int id,
            String name,
            String publicKey,
            List<String> allowedDomains,
            @JsonProperty("is_active") boolean active,
            Stats stats,
            String createdAt,
            String updatedAt) {}

    private record Stats(long totalLinks, long totalPageviews, long totalErrors) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record VerifyData(
            boolean valid,
            @Nullable String keyType,
            @Nullable String projectName,
            @Nullable List<String> allowedDomains) {}

    Reply create(Request request) throws SQLException {
        if (!isAdmin(request)) {
            return UNAUTHORIZED;
        }
        ObjectNode body = Json.object(request.body());
        if (body == null) {
            return NO_BODY;
        }
        String name = ProjectFields.name(
                body.path("name").isTextual() ? body.get("name").textValue() : "");
        JsonNode given = body.path("allowed_domains");
        String refusal = ProjectFields.nameRefusal(name);
        if (refusal == null) {
            refusal = ProjectFields.domainCountRefusal(given.isArray() ? given.size() : 0);
        }
        List<String> domains = ProjectFields.domains(texts(given));
        if (refusal == null) {
            refusal = ProjectFields.domainsRefusal(domains);
        }
        if (refusal != null) {
            return Json.failure(400, refusal);
        }
        ProjectStore.Created created = projects.create(name, domains, config.zone());
        return Json.ok(new CreatedData(
                created.id(), created.name(), created.allowedDomains(), created.secretKey(), created.publicKey()));
    }

    Reply list(Request request) throws SQLException {
        if (!isAdmin(request)) {
            return UNAUTHORIZED;
        }
        List<ProjectData> listed = new ArrayList<>();
        for (ProjectStore.Listed project : projects.list()) {
            listed.add(new ProjectData(
                    project.id(),
                    project.name(),
                    project.publicKey(),
                    project.allowedDomains(),
                    project.active(),
                    new Stats(0, project.totalPageviews(), project.totalErrors()),
                    Times.text(project.created(), project.zone()),
                    Times.text(project.updated(), project.zone())));
        }
        return Json.ok(new ListData(listed.size(), listed));
    }

    Reply verify(Request request) throws SQLException {
        ObjectNode body = Json.object(request.body());
        if (body == null) {
            return NO_BODY;
        }
        JsonNode key = body.path("key");
        if (!key.isTextual() || key.textValue().isBlank()) {
            return Json.failure(400, "key is required");
        }
        KeyRing.Holder holder = projects.keys().find(key.textValue());
        if (holder == null) {
            return Json.ok(new VerifyData(false, null, null, null));
        }
        return Json.ok(new VerifyData(
                true,
                holder.kind().name().toLowerCase(Locale.ROOT),
                holder.project().name(),
                holder.project().allowedDomains()));
    }

    /** Compares hashes, in constant time. */
    private boolean isAdmin(Request request) {
        String key = request.header("X-Admin-Key");
        return key != null && MessageDigest.isEqual(Keys.sha256(key), config.adminKeySha256());
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        for (JsonNode item : array) {
            if (item.isTextual()) {
                texts.add(item.textValue());
            }
        }
        return texts;
    }
}

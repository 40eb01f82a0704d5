package io.micrologs.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrologs.http.Reply;
import io.micrologs.http.Request;
import io.micrologs.query.ControlSnapshot.ProjectKeys;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/projects/*}. Any thread.
 *
 * <p>A project's settings are no part of the contract, whose objects have exactly the keys that it names. So they are
 * answered beside {@code data}, in {@code meta.settings}, by project id.
 */
final class ProjectEndpoints {
    private static final Reply NO_ID = Json.failure(400, "id is required");
    private static final Reply NOT_FOUND = Json.failure(404, "Project not found");
    private static final Reply NOTHING = Json.failure(400, "Nothing to update. Provide name or allowed_domains.");
    private static final Reply NO_ROTATION =
            Json.failure(400, "Nothing to rotate. Set rotate_secret and/or rotate_public to true.");

    private final QueryConfig config;
    private final ProjectStore projects;
    private final Access access;

    ProjectEndpoints(QueryConfig config, ProjectStore projects, Access access) {
        this.config = config;
        this.projects = projects;
        this.access = access;
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

    private record EditedData(
            int id,
            String name,
            List<String> allowedDomains,
            @JsonProperty("is_active") boolean active,
            String updatedAt) {}

    private record ToggledData(
            int id, String name, @JsonProperty("is_active") boolean active) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record RotatedData(
            int id,
            String name,
            @Nullable String secretKey,
            @Nullable String publicKey) {}

    private record DeletedData(int id, String name) {}

    private record Meta(Map<Integer, ProjectSettings> settings) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record VerifyData(
            boolean valid,
            @Nullable String keyType,
            @Nullable String projectName,
            @Nullable List<String> allowedDomains) {}

    private interface Body {
        Reply answer(ObjectNode body) throws SQLException;
    }

    private interface OfProject {
        Reply answer(int id, ObjectNode body) throws SQLException;
    }

    Reply create(Request request) throws SQLException {
        return admin(request, body -> {
            String name = ProjectFields.name(Fields.text(body.path("name")));
            JsonNode given = body.path("allowed_domains");
            SettingsField settings = SettingsField.read(body.path("settings"));
            String refusal = firstOf(nameRefusal(body.path("name")), domainsRefusal(given), settings.refusal());
            if (refusal != null) {
                return Json.failure(400, refusal);
            }
            ProjectSettings made = settings.change().apply(ProjectSettings.DEFAULT);
            ProjectStore.Created created =
                    projects.create(name, ProjectFields.domains(Fields.texts(given)), config.zone(), made);
            return Json.ok(
                    new CreatedData(
                            created.id(),
                            created.name(),
                            created.allowedDomains(),
                            created.secretKey(),
                            created.publicKey()),
                    body.has("settings") ? new Meta(Map.of(created.id(), made)) : null);
        });
    }

    Reply list(Request request) throws SQLException {
        Reply refusal = access.refuseUnlessAdmin(request);
        if (refusal != null) {
            return refusal;
        }
        List<ProjectData> listed = new ArrayList<>();
        Map<Integer, ProjectSettings> settings = new LinkedHashMap<>();
        for (ProjectStore.Listed project : projects.list()) {
            settings.put(project.id(), project.settings());
            listed.add(new ProjectData(
                    project.id(),
                    project.name(),
                    project.publicKey(),
                    project.allowedDomains(),
                    project.active(),
                    new Stats(project.totalLinks(), project.totalPageviews(), project.totalErrors()),
                    Times.text(project.created(), project.zone()),
                    Times.text(project.updated(), project.zone())));
        }
        return Json.ok(new ListData(listed.size(), listed), new Meta(settings));
    }

    Reply edit(Request request) throws SQLException {
        return project(request, (id, body) -> {
            if (!body.has("name") && !body.has("allowed_domains") && !body.has("settings")) {
                return NOTHING;
            }
            SettingsField settings = SettingsField.read(body.path("settings"));
            JsonNode name = body.path("name");
            JsonNode domains = body.path("allowed_domains");
            String refusal = firstOf(
                    body.has("name") ? nameRefusal(name) : null,
                    body.has("allowed_domains") ? domainsRefusal(domains) : null,
                    settings.refusal());
            if (refusal != null) {
                return Json.failure(400, refusal);
            }
            Optional<ProjectStore.Stored> edited = projects.edit(
                    id,
                    body.has("name") ? ProjectFields.name(name.textValue()) : null,
                    body.has("allowed_domains") ? ProjectFields.domains(Fields.texts(domains)) : null,
                    settings.change());
            if (edited.isEmpty()) {
                return NOT_FOUND;
            }
            ProjectKeys now = edited.get().keys();
            return Json.ok(
                    new EditedData(
                            id,
                            now.name(),
                            now.allowedDomains(),
                            now.active(),
                            Times.text(edited.get().updated(), now.zone())),
                    body.has("settings") ? new Meta(Map.of(id, now.settings())) : null);
        });
    }

    Reply toggle(Request request) throws SQLException {
        return project(request, (id, body) -> {
            JsonNode active = body.path("is_active");
            if (!active.isMissingNode() && !active.isBoolean()) {
                return Json.failure(400, "is_active must be a boolean");
            }
            return projects.toggle(id, active.isBoolean() ? active.booleanValue() : null)
                    .map(now -> Json.ok(new ToggledData(id, now.name(), now.active())))
                    .orElse(NOT_FOUND);
        });
    }

    Reply regenerateKeys(Request request) throws SQLException {
        return project(request, (id, body) -> {
            for (String field : List.of("rotate_secret", "rotate_public")) {
                if (body.has(field) && !body.get(field).isBoolean()) {
                    return Json.failure(400, field + " must be a boolean");
                }
            }
            boolean secret = body.path("rotate_secret").asBoolean(true);
            boolean shown = body.path("rotate_public").asBoolean(true);
            if (!secret && !shown) {
                return NO_ROTATION;
            }
            return projects.rotate(id, secret, shown)
                    .map(keys -> Json.ok(new RotatedData(id, keys.name(), keys.secretKey(), keys.publicKey())))
                    .orElse(NOT_FOUND);
        });
    }

    Reply delete(Request request) throws SQLException {
        return project(request, (id, body) -> {
            Optional<ProjectStore.Deletion> deletion =
                    projects.delete(id, body.path("confirm").textValue());
            if (deletion.isEmpty()) {
                return NOT_FOUND;
            }
            String name = deletion.get().name();
            return deletion.get().deleted()
                    ? Json.ok(new DeletedData(id, name))
                    : Json.failure(
                            400,
                            "This deletes the project and all its data. Pass confirm with its exact name: \"" + name
                                    + "\"");
        });
    }

    Reply verify(Request request) throws SQLException {
        RequestBody read = RequestBody.of(request);
        if (read.refusal() != null) {
            return read.refusal();
        }
        ObjectNode body = read.object();
        String key = Fields.text(body.path("key"));
        if (key.isBlank()) {
            return Json.failure(400, "key is required");
        }
        KeyRing.Holder holder = projects.keys().find(key);
        if (holder == null) {
            return Json.ok(new VerifyData(false, null, null, null));
        }
        return Json.ok(new VerifyData(
                true,
                holder.kind().name().toLowerCase(Locale.ROOT),
                holder.project().name(),
                holder.project().allowedDomains()));
    }

    private Reply admin(Request request, Body answer) throws SQLException {
        Reply refusal = access.refuseUnlessAdmin(request);
        if (refusal != null) {
            return refusal;
        }
        RequestBody body = RequestBody.of(request);
        return body.refusal() != null ? body.refusal() : answer.answer(body.object());
    }

    /** What a field is refused for comes after whether there is such a project at all. */
    private Reply project(Request request, OfProject answer) throws SQLException {
        return admin(request, body -> {
            int id = Fields.smallId(body.path("id"));
            if (id == 0) {
                return NO_ID;
            }
            return projects.exists(id) ? answer.answer(id, body) : NOT_FOUND;
        });
    }

    private static @Nullable String nameRefusal(JsonNode given) {
        return ProjectFields.nameRefusal(ProjectFields.name(Fields.text(given)));
    }

    private static @Nullable String domainsRefusal(JsonNode given) {
        String refusal = ProjectFields.domainCountRefusal(given.isArray() ? given.size() : 0);
        return refusal == null ? ProjectFields.domainsRefusal(ProjectFields.domains(Fields.texts(given))) : refusal;
    }

    private static @Nullable String firstOf(@Nullable String... refusals) {
        for (String refusal : refusals) {
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }
}

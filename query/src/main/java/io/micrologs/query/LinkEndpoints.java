package io.micrologs.query;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrologs.http.Reply;
import io.micrologs.http.Request;
import io.micrologs.query.ControlSnapshot.ProjectKeys;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /api/links/*}, but for the redirect, which is the edge's. Any thread. */
final class LinkEndpoints {
    private static final Reply NOT_FOUND = Json.failure(404, "Link not found");
    private static final Reply NO_CODE = Json.failure(400, "code is required");
    private static final Reply NO_CODE_PARAMETER = Json.failure(400, "code query parameter is required");
    private static final Reply NO_DESTINATION = Json.failure(400, "destination_url is required");
    private static final Reply EMPTY_DESTINATION = Json.failure(400, "destination_url cannot be empty");
    private static final Reply BAD_DESTINATION = Json.failure(400, "destination_url is not a valid URL");
    private static final Reply BAD_LABEL = Json.failure(400, "label must be a string");
    private static final Reply BAD_ACTIVE = Json.failure(400, "is_active must be a boolean");
    private static final Reply NOTHING =
            Json.failure(400, "Nothing to update. Provide destination_url, label, or is_active.");

    private final Access access;
    private final LinkStore links;
    private final ShortUrls shortUrls;
    private final Reply full;

    LinkEndpoints(QueryConfig config, Access access, LinkStore links) {
        this.access = access;
        this.links = links;
        this.shortUrls = new ShortUrls(config.baseUrl());
        this.full = Json.failure(
                409,
                "This installation has as many links as it may: " + config.linksMax()
                        + ". Delete some, or set links.max higher");
    }

    private record CreatedData(
            String code,
            String shortUrl,
            String destinationUrl,
            @Nullable String label) {}

    private record ListData(int count, List<LinkData> links) {}

    private record LinkData(
            int id,
            String code,
            String shortUrl,
            String destinationUrl,
            @Nullable String label,
            @JsonProperty("is_active") boolean active,
            long totalClicks,
            String createdAt) {}

    private record EditedData(
            int id,
            String code,
            String shortUrl,
            String destinationUrl,
            @Nullable String label,
            @JsonProperty("is_active") boolean active,
            String createdAt) {}

    private record DeletedData(String code) {}

    private interface Body {
        Reply answer(ProjectKeys project, ObjectNode body) throws SQLException;
    }

    Reply create(Request request) throws SQLException {
        return post(request, (project, body) -> {
            String given = Fields.text(body.path("destination_url")).strip();
            if (given.isEmpty()) {
                return body.hasNonNull("destination_url")
                                && !body.get("destination_url").isTextual()
                        ? BAD_DESTINATION
                        : NO_DESTINATION;
            }
            String destination = LinkFields.destination(given);
            if (destination == null) {
                return BAD_DESTINATION;
            }
            if (!isLabel(body.path("label"))) {
                return BAD_LABEL;
            }
            LinkStore.Creation creation = links.create(project.id(), destination, label(body));
            LinkStore.Stored link = creation.link();
            if (link == null) {
                // The key was good when the request came.
                return creation.projectGone() ? Access.BAD_KEY : full;
            }
            return Json.ok(new CreatedData(
                    link.code(), shortUrls.of(request, link.code()), link.destinationUrl(), link.label()));
        });
    }

    Reply list(Request request) throws SQLException {
        Access.Caller caller = access.secret(request);
        if (caller.refusal() != null) {
            return caller.refusal();
        }
        List<LinkData> listed = links.list(caller.project().id()).stream()
                .map(link -> data(request, caller.project(), link))
                .toList();
        return Json.ok(new ListData(listed.size(), listed));
    }

    Reply detail(Request request) throws SQLException {
        Access.Caller caller = access.secret(request);
        if (caller.refusal() != null) {
            return caller.refusal();
        }
        String code = request.query("code");
        if (code == null || code.isBlank()) {
            return NO_CODE_PARAMETER;
        }
        return links.find(caller.project().id(), code)
                .map(link -> Json.ok(data(request, caller.project(), link)))
                .orElse(NOT_FOUND);
    }

    Reply edit(Request request) throws SQLException {
        return post(request, (project, body) -> {
            String code = Fields.text(body.path("code"));
            if (code.isBlank()) {
                return NO_CODE;
            }
            if (links.find(project.id(), code).isEmpty()) {
                return NOT_FOUND;
            }
            Reply refusal = editRefusal(body);
            if (refusal != null) {
                return refusal;
            }
            String given = Fields.text(body.path("destination_url"));
            String destination = body.has("destination_url") ? LinkFields.destination(given) : null;
            Optional<LinkStore.Stored> edited = links.edit(
                    project.id(),
                    code,
                    old -> old.with(
                            destination == null ? old.destinationUrl() : destination,
                            body.has("label") ? label(body) : old.label(),
                            body.path("is_active").asBoolean(old.active())));
            return edited.map(link -> Json.ok(new EditedData(
                            link.id(),
                            link.code(),
                            shortUrls.of(request, link.code()),
                            link.destinationUrl(),
                            link.label(),
                            link.active(),
                            Times.text(link.createdMs(), project.zone()))))
                    .orElse(NOT_FOUND);
        });
    }

    private static @Nullable Reply editRefusal(ObjectNode body) {
        if (!body.has("destination_url") && !body.has("label") && !body.has("is_active")) {
            return NOTHING;
        }
        if (body.has("destination_url")) {
            JsonNode destination = body.get("destination_url");
            if (destination.isNull()
                    || (destination.isTextual() && destination.textValue().isBlank())) {
                return EMPTY_DESTINATION;
            }
            if (LinkFields.destination(Fields.text(destination)) == null) {
                return BAD_DESTINATION;
            }
        }
        if (!isLabel(body.path("label"))) {
            return BAD_LABEL;
        }
        return body.has("is_active") && !body.get("is_active").isBoolean() ? BAD_ACTIVE : null;
    }

    Reply delete(Request request) throws SQLException {
        return post(request, (project, body) -> {
            String code = Fields.text(body.path("code"));
            if (code.isBlank()) {
                return NO_CODE;
            }
            return links.delete(project.id(), code)
                    .map(link -> Json.ok(new DeletedData(link.code())))
                    .orElse(NOT_FOUND);
        });
    }

    private Reply post(Request request, Body answer) throws SQLException {
        Access.Caller caller = access.secret(request);
        if (caller.refusal() != null) {
            return caller.refusal();
        }
        RequestBody body = RequestBody.of(request);
        return body.refusal() != null ? body.refusal() : answer.answer(caller.project(), body.object());
    }

    private LinkData data(Request request, ProjectKeys project, LinkStore.Stored link) {
        return new LinkData(
                link.id(),
                link.code(),
                shortUrls.of(request, link.code()),
                link.destinationUrl(),
                link.label(),
                link.active(),
                link.totalClicks(),
                Times.text(link.createdMs(), project.zone()));
    }

    /** Null takes a label away. */
    private static boolean isLabel(JsonNode given) {
        return given.isMissingNode() || given.isNull() || given.isTextual();
    }

    private static @Nullable String label(ObjectNode body) {
        return LinkFields.label(Fields.text(body.path("label")));
    }
}

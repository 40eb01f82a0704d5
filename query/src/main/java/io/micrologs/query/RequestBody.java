package io.micrologs.query;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrologs.http.Reply;
import io.micrologs.http.Request;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The JSON object of a request, all of whose texts can be stored and shown again as they are. Exactly one of the two is
 * set.
 */
record RequestBody(
        @Nullable ObjectNode objectOrNull, @Nullable Reply refusal) {

    private static final int NAME_CHARACTERS_MAX = 50;

    static RequestBody of(Request request) {
        ObjectNode object = Json.object(request.body());
        if (object == null) {
            return new RequestBody(null, Access.NO_BODY);
        }
        String problem = problem("", object);
        return problem == null ? new RequestBody(object, null) : new RequestBody(null, Json.failure(400, problem));
    }

    ObjectNode object() {
        return Objects.requireNonNull(objectOrNull);
    }

    /** Names the first field with such a text. A tree is at most 1,000 deep, as Jackson reads it. */
    private static @Nullable String problem(String path, JsonNode node) {
        if (node.isTextual()) {
            String problem = Fields.problem(node.textValue());
            return problem == null ? null : Fields.cut(path, NAME_CHARACTERS_MAX) + " " + problem;
        }
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            JsonNode item = node.get(i);
            String problem = item.isValueNode() && !item.isTextual() ? null : problem(path + "[" + i + "]", item);
            if (problem != null) {
                return problem;
            }
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String name = Fields.cut(Fields.whole(field.getKey()), NAME_CHARACTERS_MAX);
            String problem = problem(path.isEmpty() ? name : path + "." + name, field.getValue());
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }
}

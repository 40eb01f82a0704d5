package io.micrologs.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.micrologs.http.Reply;
import io.micrologs.query.engine.RefusedException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The contract's JSON: envelopes around records, whose components become snake_case keys; slashes and non-ASCII text as they
 * are. Any thread.
 */
final class Json {
    /** A context has at most this many bytes, so it cannot nest deeper or hold a longer number either. */
    private static final int CONTEXT_BYTES_MAX = 65_535;

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Without it, characters beyond the first 65,536 become two escapes each.
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private static final JsonFactory CONTEXTS = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(CONTEXT_BYTES_MAX)
                    .maxNumberLength(CONTEXT_BYTES_MAX)
                    .maxNameLength(CONTEXT_BYTES_MAX)
                    .build())
            .streamWriteConstraints(StreamWriteConstraints.builder()
                    .maxNestingDepth(CONTEXT_BYTES_MAX)
                    .build())
            .build();

    private Json() {}

    private record Envelope(
            boolean success,
            String message,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Object data,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Object meta) {}

    /** 400, or 503 for what has an answer in a while. */
    static Reply refusal(RefusedException e) {
        return e.isForNow() ? failure(503, e.reason()).header("retry-after", "5") : failure(400, e.reason());
    }

    /** 200 with {@code data}. */
    static Reply ok(Object data) {
        return ok(data, null);
    }

    /** 200 with {@code data}, and beside it what the contract does not name; nothing when {@code meta} is null. */
    static Reply ok(Object data, @Nullable Object meta) {
        try {
            return Reply.json(200, MAPPER.writeValueAsBytes(new Envelope(true, "OK", data, meta)));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Reply failure(int status, String message) {
        return Reply.failure(status, message);
    }

    /** The body when it is a JSON object with something in it; null is what the contract calls invalid or missing. */
    static @Nullable ObjectNode object(byte[] body) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            JsonNode node = MAPPER.readTree(text);
            return node instanceof ObjectNode object && !object.isEmpty() ? object : null;
        } catch (CharacterCodingException | JsonProcessingException e) {
            return null;
        }
    }

    /** To be stored as text. */
    static String text(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What {@link #text} wrote, as a tree; a tree of nothing when it is unreadable. */
    static JsonNode tree(String stored) {
        try {
            return MAPPER.readTree(stored);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    /** Reads the list that {@link #text} wrote. */
    static List<String> texts(String array) {
        try {
            return MAPPER.readValue(array, new TypeReference<List<String>>() {});
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A stored context as a value to put into an answer: the same JSON without needless escapes, numbers with all their
     * digits. Null when there is none, or when the text is not JSON, which would spoil the whole answer.
     */
    static @Nullable RawValue context(@Nullable String stored) {
        if (stored == null) {
            return null;
        }
        // Token by token and not as a tree: a tree of 4,000 arrays in each other overflows the stack when it is
        // written.
        StringWriter out = new StringWriter(stored.length());
        try (JsonParser in = CONTEXTS.createParser(stored);
                JsonGenerator copy = CONTEXTS.createGenerator(out)) {
            while (in.nextToken() != null) {
                copy.copyCurrentEventExact(in);
            }
        } catch (IOException e) {
            return null;
        }
        return new RawValue(out.toString());
    }
}

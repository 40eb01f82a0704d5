package io.micrologs.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads one JSON object field by field. Single-threaded: one per event loop. */
final class JsonBody {
    /*
     *   body.open(bytes, length);
     *   for (String name = body.next(); name != null; name = body.next()) {
     *       switch (name) { case "url" -> url = body.text(2048); … default -> body.skip(); }
     *   }
     *   Rejection fault = body.close();
     *
     * The first fault ends the loop and is what close() returns, so that callers read straight on. Everything is
     * looked at, unknown fields too: a body is good or bad, whatever fields we know.
     */
    static final int NESTING_MAX = 64;

    private static final int NAME_SHOWN_MAX = 64;

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(NESTING_MAX).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Clients choose the names: they must not fill the JVM's table of strings.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            // Else an emoji in a context takes 12 bytes of its 8,192 instead of 4.
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();

    private final ByteArrayOutputStream compact = new ByteArrayOutputStream(1_024);
    private @Nullable JsonParser parser;
    private @Nullable Rejection fault;
    private @Nullable String field;
    private boolean any;

    void open(byte[] bytes, int length) {
        open(bytes, 0, length);
    }

    void open(byte[] bytes, int start, int length) {
        parser = null;
        fault = null;
        field = null;
        any = false;
        if (length < 2 || isUtf16Or32(bytes, start, length)) {
            fault = Rejection.BODY;
            return;
        }
        try {
            JsonParser opened = JSON.createParser(bytes, start, length);
            parser = opened;
            if (opened.nextToken() != JsonToken.START_OBJECT) {
                fault = Rejection.BODY;
            }
        } catch (IOException e) {
            fault = explain(e);
        }
    }

    /** The next field's name; null at the end of the object or at the first fault. */
    @Nullable
    String next() {
        JsonParser in = parser;
        if (fault != null || in == null) {
            return null;
        }
        try {
            field = in.nextFieldName();
            if (field != null) {
                any = true;
                checkText(field, field);
                in.nextToken();
            } else if (!any) {
                fault = Rejection.BODY;
            } else {
                checkEnd(in);
            }
        } catch (IOException e) {
            // A name that is given twice is already the parser's context, but was not returned.
            String name = in.getParsingContext().getCurrentName();
            field = name == null ? field : name;
            fault = explain(e);
        }
        return fault == null ? field : null;
    }

    /** What was wrong, or null. */
    @Nullable
    Rejection close() {
        JsonParser in = parser;
        parser = null;
        if (in != null) {
            try {
                in.close();
            } catch (IOException e) {
                fault = fault == null ? Rejection.BODY : fault;
            }
        }
        return fault;
    }

    /** Text, cut; null when absent. Any other type is a fault. */
    @Nullable
    String text(int codePointsMax) {
        String text = raw(false);
        return text == null ? null : Text.cut(text, codePointsMax);
    }

    /** Text without white space around it, cut. */
    @Nullable
    String strippedText(int codePointsMax) {
        String text = raw(false);
        return text == null ? null : Text.cut(text.strip(), codePointsMax);
    }

    /** Text or a number as it was written, cut. */
    @Nullable
    String textOrNumber(int codePointsMax) {
        String text = raw(true);
        return text == null ? null : Text.cut(text, codePointsMax);
    }

    /** Text; null for any other type. */
    @Nullable
    String textOrNothing() {
        JsonParser in = parser;
        if (in != null && in.currentToken() == JsonToken.VALUE_STRING) {
            return raw(false);
        }
        skip();
        return null;
    }

    /** A whole number from 1 to 2³¹−1, also as text; null for anything else. */
    @Nullable
    Integer positiveInt() {
        JsonParser in = parser;
        boolean scalar = in != null
                && (in.currentToken() == JsonToken.VALUE_STRING || in.currentToken() == JsonToken.VALUE_NUMBER_INT);
        if (!scalar) {
            skip();
            return null;
        }
        String text = raw(true);
        return text == null ? null : Text.positiveInt(text.strip());
    }

    /** An object or array, without white space; null when it is longer than {@code bytesMax} or of another type. */
    @Nullable
    String compactJson(int bytesMax) {
        JsonParser in = parser;
        if (in == null) {
            return null;
        }
        if (in.currentToken() != JsonToken.START_OBJECT && in.currentToken() != JsonToken.START_ARRAY) {
            skip();
            return null;
        }
        compact.reset();
        try (JsonGenerator out = JSON.createGenerator(compact)) {
            walk(in, out);
        } catch (IOException e) {
            fault = fault == null ? explain(e) : fault;
        }
        return fault != null || compact.size() > bytesMax ? null : compact.toString(StandardCharsets.UTF_8);
    }

    /** Looks at the value and forgets it. */
    void skip() {
        JsonParser in = parser;
        if (in == null) {
            return;
        }
        try {
            walk(in, null);
        } catch (IOException e) {
            fault = fault == null ? explain(e) : fault;
        }
    }

    private @Nullable String raw(boolean numberToo) {
        JsonParser in = parser;
        if (in == null) {
            return null;
        }
        try {
            JsonToken token = in.currentToken();
            if (token == JsonToken.VALUE_NULL) {
                return null;
            }
            if (token == JsonToken.VALUE_STRING) {
                String text = in.getText();
                return checkText(text, field) ? text : null;
            }
            if (numberToo && token != null && token.isNumeric()) {
                return checkNumber(in) ? in.getText() : null;
            }
            fault = Rejection.fields(shown() + " must be text");
        } catch (IOException e) {
            fault = explain(e);
        }
        return null;
    }

    /** From the current token to the end of its value, checked, and copied to {@code out} unless that is null. */
    private void walk(JsonParser in, @Nullable JsonGenerator out) throws IOException {
        int depth = 0;
        JsonToken token = in.currentToken();
        while (token != null) {
            switch (token) {
                case START_OBJECT, START_ARRAY -> depth++;
                case END_OBJECT, END_ARRAY -> depth--;
                case FIELD_NAME, VALUE_STRING -> {
                    if (!checkText(in.getText(), field)) {
                        return;
                    }
                }
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                    if (!checkNumber(in)) {
                        return;
                    }
                }
                default -> {}
            }
            if (out != null) {
                copy(in, token, out);
            }
            if (depth == 0) {
                return;
            }
            token = in.nextToken();
        }
    }

    /** As {@link JsonGenerator#copyCurrentEvent}, but numbers stay as they were written. */
    private static void copy(JsonParser in, JsonToken token, JsonGenerator out) throws IOException {
        if (token.isNumeric()) {
            out.writeNumber(in.getText());
        } else {
            out.copyCurrentEvent(in);
        }
    }

    private boolean checkText(String text, @Nullable String of) {
        String problem = Text.problem(text);
        if (problem == null) {
            return true;
        }
        field = of;
        fault = Rejection.fields(shown() + " " + problem);
        return false;
    }

    /** A number that no double can hold would be read back as something else by whoever asks for it. */
    private boolean checkNumber(JsonParser in) throws IOException {
        if (in.getTextLength() > 15 || in.currentToken() == JsonToken.VALUE_NUMBER_FLOAT) {
            if (!Double.isFinite(Double.parseDouble(in.getText()))) {
                fault = Rejection.fields(shown() + " has a number that is out of range");
                return false;
            }
        }
        return true;
    }

    private void checkEnd(JsonParser in) {
        try {
            if (in.nextToken() != null) {
                fault = Rejection.TRAILING;
            }
        } catch (IOException notEvenJson) {
            fault = Rejection.TRAILING;
        }
    }

    private Rejection explain(IOException e) {
        String message = String.valueOf(e.getMessage());
        if (e instanceof StreamConstraintsException) {
            return Rejection.fields(shown()
                    + (message.contains("depth")
                            ? " is nested deeper than " + NESTING_MAX
                            : " has a number or a name that is too long"));
        }
        return message.startsWith("Duplicate") ? Rejection.fields(shown() + " is given twice") : Rejection.BODY;
    }

    private String shown() {
        String name = field;
        return name == null ? "body" : Text.cut(name, NAME_SHOWN_MAX);
    }

    /** Jackson would guess these encodings; what we take is UTF-8, where these bytes cannot stand. */
    private static boolean isUtf16Or32(byte[] bytes, int start, int length) {
        for (int i = start; i < start + Math.min(length, 4); i++) {
            if (bytes[i] == 0 || bytes[i] == (byte) 0xfe || bytes[i] == (byte) 0xff) {
                return true;
            }
        }
        return false;
    }
}

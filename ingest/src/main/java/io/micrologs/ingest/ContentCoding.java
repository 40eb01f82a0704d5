package io.micrologs.ingest;

import java.util.List;

/** What {@code Content-Encoding} says of a body. */
enum ContentCoding {
    NONE,
    GZIP,
    /** Another one, or several on top of each other. */
    OTHER;

    /** @param lines the header's, of which there may be several */
    static ContentCoding of(List<String> lines) {
        String text = lines.size() == 1 ? lines.get(0).strip() : String.join(",", lines);
        if (text.isEmpty() || text.equalsIgnoreCase("identity")) {
            return NONE;
        }
        return text.equalsIgnoreCase("gzip") || text.equalsIgnoreCase("x-gzip") ? GZIP : OTHER;
    }
}

package io.micrologs.query;

import io.micrologs.http.Request;
import org.jspecify.annotations.Nullable;

/** The addresses by which people follow tracked links. Any thread. */
record ShortUrls(@Nullable String baseUrl) {

    /** Under the configured address, else under the one that the request was sent to. */
    String of(Request request, String code) {
        return (baseUrl == null ? request.baseUrl() : baseUrl) + "/api/redirect.php?c=" + code;
    }
}

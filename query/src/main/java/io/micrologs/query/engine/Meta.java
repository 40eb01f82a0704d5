package io.micrologs.query.engine;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * Where figures come from, and how far they go.
 *
 * @param source {@code rollups} or {@code raw rows}, or both of them when an answer has several parts
 * @param visitors {@code exact}, or the error of distinct counts; null when there are none
 * @param notes what the figures do not know
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Meta(
        String source, @Nullable String visitors, @Nullable String notes) {}

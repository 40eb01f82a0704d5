package io.micrologs.query.engine;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which rows count: those of one of the values, or of none of them.
 *
 * @param values null stands for what has no value; only {@code is} and {@code is_not} may have it
 */
public record Filter(Attribute attribute, Operator operator, List<@Nullable String> values) {

    /** All but what has no value. */
    public static Filter named(Attribute attribute) {
        return new Filter(attribute, Operator.IS_NOT, Arrays.asList((String) null));
    }
}

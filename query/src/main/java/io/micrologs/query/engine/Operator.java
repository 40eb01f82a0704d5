package io.micrologs.query.engine;

import java.util.Locale;

/** How a filter compares; upper and lower case are different. */
public enum Operator {
    IS,
    IS_NOT,
    CONTAINS,
    STARTS_WITH;

    /** In questions. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    boolean isOfWhole() {
        return this == IS || this == IS_NOT;
    }

    boolean matches(String text, String value) {
        return switch (this) {
            case IS, IS_NOT -> text.equals(value);
            case CONTAINS -> text.contains(value);
            case STARTS_WITH -> text.startsWith(value);
        };
    }
}

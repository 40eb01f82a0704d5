package io.micrologs.journal;

import org.jspecify.annotations.Nullable;

/**
 * Something failed in a tracked application.
 *
 * @param type at most 100 characters
 * @param message at most 1,024 characters
 * @param file at most 512 characters
 * @param line above 0, or null
 * @param stack at most 65,535 characters
 * @param url at most 2,048 characters
 * @param contextJson a JSON object or array of at most 8,192 bytes
 */
public record ErrorEvent(
        String type,
        String message,
        @Nullable String file,
        @Nullable Integer line,
        @Nullable String stack,
        @Nullable String url,
        Severity severity,
        Environment environment,
        @Nullable String contextJson)
        implements Event {

    /** The {@link #code} is what is stored, in records and rows; codes are never reused. */
    public enum Severity {
        INFO(1),
        WARNING(2),
        ERROR(3),
        CRITICAL(4);

        public final int code;

        Severity(int code) {
            this.code = code;
        }

        /** Throws {@link IllegalArgumentException} for a code that was never given out. */
        public static Severity of(int code) {
            for (Severity severity : values()) {
                if (severity.code == code) {
                    return severity;
                }
            }
            throw new IllegalArgumentException("no severity has code " + code);
        }
    }

    /** The {@link #code} is what is stored, in records and rows; codes are never reused. */
    public enum Environment {
        PRODUCTION(1),
        STAGING(2),
        DEVELOPMENT(3);

        public final int code;

        Environment(int code) {
            this.code = code;
        }

        /** Throws {@link IllegalArgumentException} for a code that was never given out. */
        public static Environment of(int code) {
            for (Environment environment : values()) {
                if (environment.code == code) {
                    return environment;
                }
            }
            throw new IllegalArgumentException("no environment has code " + code);
        }
    }
}

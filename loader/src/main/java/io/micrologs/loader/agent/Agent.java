package io.micrologs.loader.agent;

import org.jspecify.annotations.Nullable;

/**
 * What a User-Agent says; null is what it does not say.
 *
 * @param os family, such as {@code macOS}
 * @param osVersion major, or major and minor, such as {@code 18.1}
 * @param browser family, such as {@code Safari}; an in-app browser has its app's name
 * @param browserVersion the major one
 */
public record Agent(
        Device device,
        @Nullable String os,
        @Nullable String osVersion,
        @Nullable String browser,
        @Nullable String browserVersion) {

    public static final Agent UNKNOWN = new Agent(Device.UNKNOWN, null, null, null, null);
}

package io.micrologs.bench;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks of what was typed. */
final class Options {
    private static final Pattern HEAP = Pattern.compile("[1-9][0-9]{0,9}[kmgKMG]?");

    private Options() {}

    static void within(String option, long value, long min, long max) {
        if (value < min || value > max) {
            throw new BenchException(option + " must be " + min + ".." + max + ", is " + value);
        }
    }

    static void heap(@Nullable String heap) {
        if (heap != null && !HEAP.matcher(heap).matches()) {
            throw new BenchException("--heap must be a size such as 256m, is " + heap);
        }
    }
}

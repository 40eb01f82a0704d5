package io.micrologs.server;

/**
 * A command that another jar on the class path adds to {@code micrologs}; found by {@link java.util.ServiceLoader}. The
 * class carries picocli's {@code @Command} and is {@code Callable<Integer>} or {@code Runnable}.
 */
public interface Subcommand {}

package io.micrologs.server;

import io.micrologs.journal.JournalException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The handler of what no thread caught, or of what one caught and handed on: ends the process when it can no longer be
 * relied on, so that a supervisor starts a clean one. Any thread.
 */
final class LastResort implements Thread.UncaughtExceptionHandler {
    /*
     * An Error leaves locks held, threads dead and objects half changed; which ones is not known. Going on as if nothing had
     * happened was tried by others: it ends in a server that answers 500 for days, with no supervisor to notice. The
     * journal makes ending cheap: what was acknowledged is in it, and the next process goes on behind it.
     *
     * halt() and not exit(): shutdown hooks would wait for the very threads that are gone. The embedded database goes on
     * alone, and the next start stops and takes over its files.
     */

    /** Also what the JVM says for {@code -XX:+ExitOnOutOfMemoryError}, which the launcher sets. */
    static final int EXIT_CODE = 3;

    private static final Logger log = LoggerFactory.getLogger(LastResort.class);

    private final Consumer<OperatorException> stop;

    private LastResort(Consumer<OperatorException> stop) {
        this.stop = stop;
    }

    /** @param stop ends the process in order, for what has broken the journal alone */
    static void install(Consumer<OperatorException> stop) {
        Thread.setDefaultUncaughtExceptionHandler(new LastResort(stop));
    }

    @Override
    public void uncaughtException(Thread thread, Throwable failure) {
        if (failure instanceof JournalException) {
            stop.accept(new OperatorException(String.valueOf(failure.getMessage()), failure));
            return;
        }
        if (!(failure instanceof Error)) {
            log.error("thread {} ended by a failure that nobody expected", thread.getName(), failure);
            return;
        }
        try {
            log.error(
                    "the process ends, to be started again clean: {} in thread {}",
                    failure.toString(),
                    thread.getName());
        } finally {
            // Saying so may need the memory that there is not.
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }
}

package io.micrologs.journal;

/**
 * Errors after which nothing in a process can be relied on, in threads that catch everything. They are handed to the
 * thread's uncaught exception handler, which in a server ends the process, so that a supervisor starts a clean one.
 */
public final class FatalErrors {
    private FatalErrors() {}

    /** As {@link #is} says, the handler is told; else nothing happens. Returns in tests, and never in a server. */
    public static void report(Throwable failure) {
        if (is(failure)) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        }
    }

    /**
     * Out of memory, a fault of the virtual machine, or classes that are missing or do not fit together. A stack that is
     * full is none of them: it unwinds what it interrupted, and who sends a request might cause it.
     */
    public static boolean is(Throwable failure) {
        return (failure instanceof VirtualMachineError && !(failure instanceof StackOverflowError))
                || failure instanceof LinkageError;
    }
}

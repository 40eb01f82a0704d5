package io.micrologs.http;

/**
 * Errors after which nothing in a process can be relied on, in threads that catch everything: Netty's loops above all. They
 * are handed to the thread's uncaught exception handler, which in a server ends the process.
 */
final class FatalErrors {
    private FatalErrors() {}

    /**
     * Tells the handler of an error of the virtual machine or of linking; of nothing else. A stack that is full is none of
     * them: it unwinds what it interrupted, and who sends a request might cause it.
     */
    static void report(Throwable failure) {
        if ((failure instanceof VirtualMachineError && !(failure instanceof StackOverflowError))
                || failure instanceof LinkageError) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        }
    }
}

package io.micrologs.http;

import io.netty.util.internal.OutOfDirectMemoryError;

/**
 * Errors after which nothing in a process can be relied on, in threads that catch everything: Netty's loops above all. They
 * are handed to the thread's uncaught exception handler, which in a server ends the process.
 */
final class FatalErrors {
    private FatalErrors() {}

    /**
     * Tells the handler of an error of the virtual machine or of linking; of nothing else. Two are left out that many clients
     * together might cause, and that break nothing: a stack that is full unwinds what it interrupted, and Netty's own limit
     * of memory for buffers refuses before anything is allocated.
     */
    static void report(Throwable failure) {
        boolean spared = failure instanceof StackOverflowError || failure instanceof OutOfDirectMemoryError;
        if ((failure instanceof VirtualMachineError && !spared) || failure instanceof LinkageError) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        }
    }
}

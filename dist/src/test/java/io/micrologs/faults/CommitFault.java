package io.micrologs.faults;

/** What happens to the COMMIT of a batch, whose rows are written by now. On the proxy's threads, while the loader waits. */
interface CommitFault {
    /** Nobody ever gets to know what became of it: the server never gets it, and the connection ends. */
    CommitFault LOST = new CommitFault() {
        @Override
        public boolean before() {
            return false;
        }
    };

    /** The server commits and says so, and the connection ends before the loader hears it. */
    CommitFault UNANSWERED = new CommitFault() {
        @Override
        public boolean after() {
            return false;
        }
    };

    /** Whether the server gets the COMMIT; else the connection ends, and what was written is rolled back. */
    default boolean before() {
        return true;
    }

    /** Whether the loader gets the server's answer; else the connection ends. */
    default boolean after() {
        return true;
    }
}

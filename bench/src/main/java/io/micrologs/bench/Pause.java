package io.micrologs.bench;

/** Between two looks at what somebody else is doing. */
final class Pause {
    private Pause() {}

    static void ms(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}

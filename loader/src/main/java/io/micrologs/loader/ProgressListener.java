package io.micrologs.loader;

/** Told how far a long piece of work is. Called on the thread that works, often. */
@FunctionalInterface
public interface ProgressListener {

    /**
     * @param step what is done now, in a few words
     * @param done how much of it is
     * @param total of how much; 0 when that is not known
     */
    void at(String step, long done, long total);
}

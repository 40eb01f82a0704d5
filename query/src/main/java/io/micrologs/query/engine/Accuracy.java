package io.micrologs.query.engine;

/** How exact the distinct counts of an answer are. Not thread-safe. */
final class Accuracy {
    private boolean any;
    private boolean picked;
    private double errorPercent;

    /** @param k of the sketches that it was counted from */
    void counted(long visitors, int k) {
        if (visitors > k) {
            errorPercent = Math.max(errorPercent, Distinct.errorPercent(k));
        }
    }

    /** There is a distinct count in the answer. */
    void asked() {
        any = true;
    }

    /** Not all values were looked at to find those with most visitors. */
    void picked() {
        picked = true;
    }

    boolean isAny() {
        return any;
    }

    boolean isPicked() {
        return picked;
    }

    double errorPercent() {
        return errorPercent;
    }
}

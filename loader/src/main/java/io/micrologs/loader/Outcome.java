package io.micrologs.loader;

/** What became of an accepted event. The {@link #code} is what the ledger stores. */
enum Outcome {
    STORED("stored"),
    REPEAT("repeat"),
    DUPLICATE("duplicate"),
    DELETED("deleted"),
    DEAD_LETTER("dead_letter");

    final String code;

    Outcome(String code) {
        this.code = code;
    }
}

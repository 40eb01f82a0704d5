package io.micrologs.journal;

/** What an acknowledged event survives. */
public enum Durability {
    /** {@code kill -9} of every process: it is in the page cache under a file of the journal. */
    PROCESS,
    /** A power cut, too: it is forced to the disk before it is acknowledged. */
    POWER;

    /** The value of {@code journal.durability}; {@link IllegalArgumentException} for any other text. */
    public static Durability of(String text) {
        return switch (text) {
            case "process" -> PROCESS;
            case "power" -> POWER;
            default -> throw new IllegalArgumentException("journal.durability must be process or power, is " + text);
        };
    }
}

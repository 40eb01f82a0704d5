package io.micrologs.query;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the REST API needs of the rest of the process.
 *
 * @param publisher gets every new snapshot of the control tables; returns when it is in force
 * @param journal counts accepted events for the ledger
 * @param locationNote what is to be said about the age of locations, beside them; gives null for nothing
 */
public record QueryEdges(
        Consumer<ControlSnapshot> publisher, JournalCounts journal, Supplier<@Nullable String> locationNote) {

    /** No journal, nothing to be said about locations. */
    public static QueryEdges of(Consumer<ControlSnapshot> publisher) {
        return new QueryEdges(
                publisher,
                (loaded, outcomes) -> JournalCounts.Counted.unknown(
                        "accepted and pending are counted in the journal, which is not at hand here;"
                                + " ask the server that accepts the events"),
                () -> null);
    }
}

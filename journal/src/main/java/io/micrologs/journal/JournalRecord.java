package io.micrologs.journal;

/** A record that was read back and whose CRC held. {@code checkpoint} is its own position. */
public record JournalRecord(Checkpoint checkpoint, Envelope envelope, Event event) {}

package io.micrologs.journal;

/**
 * The last record whose batch committed, with enough to recognise that very record again.
 *
 * @param journalId the random identity of the journal directory
 * @param epoch the appender's life that wrote the record, as an unsigned 32-bit number
 * @param sequence the record's number in the journal, counted from 1
 * @param index Chronicle's position of the record
 * @param crc the record's CRC32C
 */
public record Checkpoint(long journalId, int epoch, long sequence, long index, int crc) {}

package io.micrologs.ingest;

/**
 * Where locations come from; for health.
 *
 * @param ok false when the operator should do what the message says
 * @param message one line for the operator
 */
public record GeoipStatus(boolean ok, String message) {}

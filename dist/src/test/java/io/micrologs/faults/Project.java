package io.micrologs.faults;

/** A project under load, with one tracked link. */
record Project(int id, String publicKey, String secretKey, String link) {}

package io.micrologs.query.engine;

/** What is counted, and where its raw rows are. */
enum Fact {
    VIEW("pageview v", "v", "received_ms"),
    /** On the day on which it began. */
    VISIT("session s", "s", "started_ms"),
    ERROR("error_event e", "e", "received_ms"),
    AUDIT("audit_event a", "a", "received_ms"),
    CLICK("link_click c", "c", "received_ms");

    final String table;
    final String alias;
    /** In milliseconds since 1970 UTC; the table is partitioned by it. */
    final String time;

    Fact(String table, String alias, String time) {
        this.table = table;
        this.alias = alias;
        this.time = alias + "." + time;
    }

    String day() {
        return alias + ".day";
    }
}

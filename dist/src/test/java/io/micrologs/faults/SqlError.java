package io.micrologs.faults;

import java.nio.charset.StandardCharsets;

/** What a MySQL or MariaDB answers when it cannot do what it was asked: code, SQL state and text as the servers word them. */
enum SqlError {
    DEADLOCK(1213, "40001", "Deadlock found when trying to get lock; try restarting transaction"),
    LOCK_WAIT(1205, "HY000", "Lock wait timeout exceeded; try restarting transaction"),
    READ_ONLY_OPTION(
            1290,
            "HY000",
            "The MySQL server is running with the --super-read-only option so it cannot execute this statement"),
    READ_ONLY_MODE(1836, "HY000", "Running in read-only mode"),
    TABLE_FULL(1114, "HY000", "The table 'pageview' is full"),
    DISK_FULL(
            1021,
            "HY000",
            "Disk full (/tmp/#sql_1.MAI); waiting for someone to free some space... (errno: 28 \"No space left on device\")"),
    WRITE_FAILED(3, "HY000", "Error writing file './binlog.000012' (Errcode: 28 \"No space left on device\")"),
    TOO_MANY_CONNECTIONS(1040, "08004", "Too many connections");

    final int code;
    private final String state;
    private final String text;

    SqlError(int code, String state, String text) {
        this.code = code;
        this.state = state;
        this.text = text;
    }

    /** The body of an ERR packet; one that comes instead of a greeting has no SQL state. */
    byte[] packet(boolean greeting) {
        byte[] said = ((greeting ? "" : "#" + state) + text).getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[3 + said.length];
        body[0] = (byte) 0xFF;
        body[1] = (byte) code;
        body[2] = (byte) (code >> 8);
        System.arraycopy(said, 0, body, 3, said.length);
        return body;
    }
}

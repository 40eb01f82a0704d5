package io.micrologs.loader;

import java.util.Collections;
import java.util.List;

/** A table and the columns that the loader writes, in the order of its rows. */
record Table(String name, List<String> columns) {

    static Table of(String name, String... columns) {
        return new Table(name, List.of(columns));
    }

    String insert() {
        return "INSERT INTO " + name + " (" + columnList() + ") VALUES ("
                + String.join(", ", Collections.nCopies(columns.size(), "?")) + ")";
    }

    /** The fields and lines are those of {@link TabText}. */
    String loadData() {
        return "LOAD DATA LOCAL INFILE '" + name + "' INTO TABLE " + name
                + " CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' ("
                + columnList() + ")";
    }

    private String columnList() {
        return String.join(", ", columns);
    }
}

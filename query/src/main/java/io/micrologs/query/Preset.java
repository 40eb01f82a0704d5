package io.micrologs.query;

import io.micrologs.http.Reply;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;

/**
 * One endpoint's question: which parameters it reads, which SQL it runs, and the shape of its answer. Any thread.
 *
 * <p>Every statement binds the question's project, and the bounds of its days on the column that the table is partitioned by.
 * What is joined to a derived table with a LIMIT is joined by LEFT JOIN: by JOIN, MariaDB may start from the joined table,
 * make the derived one anew for each of its rows, and so return more than the limit.
 */
interface Preset {
    Reply answer(Question question, Sql sql) throws SQLException, RefusedException;
}

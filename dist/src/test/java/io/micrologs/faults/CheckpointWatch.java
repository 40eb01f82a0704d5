package io.micrologs.faults;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * I5: the checkpoint never moves backwards. Looks at it through the whole run, over a connection of its own that comes back
 * when the database does. One thread of its own.
 */
final class CheckpointWatch implements AutoCloseable {
    private static final long EVERY_NANOS = 20_000_000;

    private record Position(long journal, long epoch, long sequence, long loadedMs) {
        static final Position NONE = new Position(0, 0, 0, 0);

        boolean isBefore(Position other) {
            return equals(NONE)
                    || journal == other.journal
                            && (epoch < other.epoch || (epoch == other.epoch && sequence < other.sequence));
        }
    }

    private final Deployment deployment;
    private final Thread thread = new Thread(this::watch, "checkpoint-watch");
    private volatile boolean closing;
    private volatile @Nullable String backwards;
    private volatile long looks;
    private volatile Position last = Position.NONE;
    private volatile long markedMs = Long.MAX_VALUE;
    private volatile long movedNanos;

    CheckpointWatch(Deployment deployment) {
        this.deployment = deployment;
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        while (!closing) {
            try (Connection connection = deployment.connect();
                    Statement statement = connection.createStatement()) {
                while (!closing) {
                    look(statement);
                    LockSupport.parkNanos(EVERY_NANOS);
                }
            } catch (SQLException e) {
                // It is down, which is what this is about.
                LockSupport.parkNanos(EVERY_NANOS);
            }
        }
    }

    private void look(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT journal_id, epoch, sequence, loaded_ms FROM checkpoint")) {
            if (!row.next()) {
                return;
            }
            Position now = new Position(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4));
            Position before = last;
            if (now.isBefore(before)) {
                backwards = before + " was followed by " + now;
            }
            last = now;
            looks++;
            // By the loader's own clock: a commit from before the mark may be seen only after it.
            if (now.loadedMs >= markedMs) {
                movedNanos = System.nanoTime();
                markedMs = Long.MAX_VALUE;
            }
        }
    }

    /** From here on the next move is the first. */
    void mark() {
        movedNanos = 0;
        markedMs = System.currentTimeMillis();
    }

    /** How long after {@code fromNanos} a batch was committed that began after the mark, in milliseconds. */
    long awaitMoved(long fromNanos, Duration most) {
        Await.until(() -> "the loader to go on from " + last + deployment.logs(), most, () -> movedNanos != 0);
        return (movedNanos - fromNanos) / 1_000_000;
    }

    void check() {
        String wrong = backwards;
        if (wrong != null) {
            throw new AssertionError("I5 the checkpoint moved backwards: " + wrong);
        }
        if (looks == 0) {
            throw new AssertionError("I5 the checkpoint was never seen");
        }
    }

    @Override
    public void close() {
        closing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

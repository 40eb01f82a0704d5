package io.micrologs.loader;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.logging.Log;
import org.flywaydb.core.api.logging.LogFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables, brought up to date before anything else uses the database. */
public final class Schema {

    private static final Logger LOG = LoggerFactory.getLogger(Schema.class);
    private static final String HISTORY_TABLE = "schema_history";

    private Schema() {}

    /**
     * Runs the migrations that this database has not seen; several programs may do so at once.
     *
     * @throws SchemaTooNewException when a newer program has migrated it; nothing was changed then
     * @throws org.flywaydb.core.api.FlywayException when the database cannot be reached or a migration fails
     */
    public static void migrate(DataSource dataSource) {
        LogFactory.setLogCreator(type -> new QuietLog());
        Flyway flyway = Flyway.configure(Schema.class.getClassLoader())
                .dataSource(dataSource)
                .locations("classpath:db/migration")
                .table(HISTORY_TABLE)
                .ignoreMigrationPatterns("*:future")
                .load();
        MigrationInfo current = flyway.info().current();
        MigrationVersion newest = newestKnown(flyway);
        if (current != null
                && current.getVersion() != null
                && current.getVersion().isNewerThan(newest.getVersion())) {
            throw new SchemaTooNewException("the database has schema version " + current.getVersion()
                    + ", made by a newer program; this one knows versions up to " + newest
                    + ". Install the newer program again, or restore a backup of the older schema");
        }
        int migrations = flyway.migrate().migrationsExecuted;
        if (migrations > 0) {
            LOG.info("The database schema was brought to version {}", newest);
        }
    }

    private static MigrationVersion newestKnown(Flyway flyway) {
        MigrationVersion newest = MigrationVersion.fromVersion("0");
        for (MigrationInfo migration : flyway.info().all()) {
            boolean ours = !migration.getState().name().startsWith("FUTURE");
            if (ours && migration.getVersion() != null && migration.getVersion().isNewerThan(newest.getVersion())) {
                newest = migration.getVersion();
            }
        }
        return newest;
    }

    /** Flyway tells its steps at INFO; one line of ours is enough. Its errors also come as exceptions. */
    private static final class QuietLog implements Log {

        @Override
        public boolean isDebugEnabled() {
            return false;
        }

        @Override
        public void debug(String message) {}

        @Override
        public void info(String message) {
            LOG.debug("{}", message);
        }

        @Override
        public void warn(String message) {
            LOG.debug("{}", message);
        }

        @Override
        public void error(String message) {
            LOG.debug("{}", message);
        }

        @Override
        public void error(String message, Exception e) {
            LOG.debug("{}", message, e);
        }

        @Override
        public void notice(String message) {
            LOG.debug("{}", message);
        }
    }
}

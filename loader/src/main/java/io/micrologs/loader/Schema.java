package io.micrologs.loader;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.logging.Log;
import org.flywaydb.core.api.logging.LogFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables, brought up to date before anything else uses the database. */
public final class Schema {

    private static final Logger LOG = LoggerFactory.getLogger(Schema.class);
    static final String HISTORY_TABLE = "schema_history";

    private Schema() {}

    /**
     * Runs the migrations that this database has not seen; several programs may do so at once.
     *
     * @throws SchemaTooNewException when a newer program has migrated it; nothing was changed then
     * @throws org.flywaydb.core.api.FlywayException when the database cannot be reached or a migration fails
     */
    public static void migrate(DataSource dataSource) {
        Flyway flyway = configure(dataSource).load();
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

    /**
     * Makes the tables of an earlier version in an empty schema, as a backup of it needs them.
     *
     * @throws SchemaTooNewException when this program does not know the version
     */
    static void migrateTo(DataSource dataSource, String version) {
        MigrationVersion newest = newestKnown(configure(dataSource).load());
        MigrationVersion wanted = MigrationVersion.fromVersion(version);
        if (wanted.isNewerThan(newest.getVersion())) {
            throw new SchemaTooNewException("the backup has schema version " + version
                    + ", made by a newer program; this one knows versions up to " + newest
                    + ". Restore it with the newer program");
        }
        configure(dataSource).target(wanted).load().migrate();
    }

    /** The version that the tables have. */
    static String version(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT version FROM " + HISTORY_TABLE
                + " WHERE success = 1 AND version IS NOT NULL ORDER BY installed_rank DESC LIMIT 1")) {
            if (!row.next()) {
                throw new SQLException("the schema has no version");
            }
            return row.getString(1);
        }
    }

    private static FluentConfiguration configure(DataSource dataSource) {
        LogFactory.setLogCreator(type -> new QuietLog());
        return Flyway.configure(Schema.class.getClassLoader())
                .dataSource(dataSource)
                .locations("classpath:db/migration")
                .table(HISTORY_TABLE)
                .ignoreMigrationPatterns("*:future");
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

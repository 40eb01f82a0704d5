package io.micrologs.faults;

import io.micrologs.database.TestDatabase;
import java.net.URI;
import java.util.List;

/** A fresh schema on the shared test database, behind a proxy of its own. */
final class ProxiedDatabase implements AutoCloseable {
    private final String schema;
    /** Past the proxy. */
    final String directUrl;

    final SqlProxy proxy;

    ProxiedDatabase(String schema) {
        this.schema = schema;
        this.directUrl = TestDatabase.shared().jdbcUrl(schema);
        this.proxy = SqlProxy.before(port(directUrl));
    }

    static int port(String jdbcUrl) {
        return URI.create(jdbcUrl.substring("jdbc:".length())).getPort();
    }

    /** The server's flags for this database. */
    List<String> flags() {
        TestDatabase database = TestDatabase.shared();
        return List.of(
                "--database.url=jdbc:mysql://127.0.0.1:" + proxy.port() + "/" + schema,
                "--database.user=" + database.user(),
                "--database.password=" + database.password());
    }

    @Override
    public void close() {
        proxy.close();
    }
}

package io.micrologs.faults;

import java.net.URI;

/** A fresh schema on the tests' own server, behind a proxy of its own. */
final class ProxiedDatabase implements AutoCloseable {
    final SqlProxy proxy;
    /** As the server reaches it. */
    final Deployment.Access through;
    /** Past the proxy. */
    final Deployment.Access direct;

    ProxiedDatabase(String schema) {
        direct = Deployment.Access.fresh(schema);
        proxy = SqlProxy.before(port(direct.url()));
        through = new Deployment.Access(
                "jdbc:mysql://127.0.0.1:" + proxy.port() + "/" + schema, direct.user(), direct.password());
    }

    static int port(String jdbcUrl) {
        return URI.create(jdbcUrl.substring("jdbc:".length())).getPort();
    }

    @Override
    public void close() {
        proxy.close();
    }
}

package io.micrologs.database;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The connection parameters that loader and query rely on, added to any MySQL URL in this one place. */
public final class JdbcUrls {
    private static final String SCHEME = "jdbc:mysql://";

    private JdbcUrls() {}

    /**
     * The URL with every parameter that the queries need and that it does not set itself.
     *
     * @param url {@code jdbc:mysql://host[:port]/schema[?parameters]}; {@code jdbc:mariadb:} is taken for the same
     * @throws IllegalArgumentException when it is another kind of URL or names no schema
     */
    public static String complete(String url) {
        return complete(url, Map.of());
    }

    /**
     * The same for the loader, which may also send rows as a file. A server can answer any query of such a connection
     * with a request for a file of the client's, so nothing but the loader's own connections gets this.
     */
    public static String completeForLoader(String url) {
        return complete(url, Map.of("allowLoadLocalInfile", "true"));
    }

    private static String complete(String given, Map<String, String> more) {
        String url = given.startsWith("jdbc:mariadb://") ? SCHEME + given.substring("jdbc:mariadb://".length()) : given;
        if (!url.startsWith(SCHEME)) {
            throw new IllegalArgumentException("not a URL of the form jdbc:mysql://host:3306/schema");
        }
        int question = url.indexOf('?');
        String address = question < 0 ? url : url.substring(0, question);
        int slash = address.indexOf('/', SCHEME.length());
        if (slash < 0 || slash == address.length() - 1) {
            throw new IllegalArgumentException("the URL names no schema: jdbc:mysql://host:3306/schema");
        }
        Map<String, String> parameters = new LinkedHashMap<>(defaults(address.substring(SCHEME.length(), slash)));
        parameters.putAll(more);
        StringBuilder complete = new StringBuilder(address);
        char separator = '?';
        if (question >= 0 && question < url.length() - 1) {
            String own = url.substring(question + 1);
            complete.append('?').append(own);
            separator = '&';
            for (String pair : own.split("&", -1)) {
                String name = pair.split("=", 2)[0].toLowerCase(Locale.ROOT);
                parameters.keySet().removeIf(key -> key.toLowerCase(Locale.ROOT).equals(name));
            }
        }
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            complete.append(separator).append(parameter.getKey()).append('=').append(parameter.getValue());
            separator = '&';
        }
        return complete.toString();
    }

    private static Map<String, String> defaults(String hostAndPort) {
        Map<String, String> parameters = new LinkedHashMap<>();
        // Server-side prepared statements are not rewritten into one multi-row INSERT.
        parameters.put("useServerPrepStmts", "false");
        parameters.put("rewriteBatchedStatements", "true");
        // Else the driver asks before each batch whether the session may write: a quarter of all that the loader waits
        // for.
        parameters.put("readOnlyPropagatesToServer", "false");
        // Upserts count the rows they found, changed or not: the fence on the checkpoint's row counts on it.
        parameters.put("useAffectedRows", "false");
        parameters.put("characterEncoding", "UTF-8");
        parameters.put("connectionCollation", "utf8mb4_bin");
        parameters.put("connectionTimeZone", "UTC");
        parameters.put("forceConnectionTimeZoneToSession", "true");
        parameters.put("connectTimeout", "5000");
        // Above the longest query that is allowed to run; a dead peer is noticed then at the latest.
        parameters.put("socketTimeout", "60000");
        parameters.put("tcpKeepAlive", "true");
        parameters.put("cacheServerConfiguration", "true");
        parameters.put("sslMode", "PREFERRED");
        if (loopback(hostAndPort)) {
            // MySQL 8 without TLS sends its public key for the password; on the loopback nobody can replace it.
            parameters.put("allowPublicKeyRetrieval", "true");
        }
        return parameters;
    }

    private static boolean loopback(String hostAndPort) {
        return hostAndPort.matches("(localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1])(:\\d+)?");
    }
}

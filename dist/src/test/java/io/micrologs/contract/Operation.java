package io.micrologs.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * One of those that the server describes itself, so that no test forgets a new one.
 *
 * @param security the names of the schemes of which one is enough; empty when it is open to all
 */
record Operation(String method, String path, Set<String> security) {
    /** Every field that any of them knows, so that a refusal is not for want of one. */
    static final Map<String, Object> EVERYTHING = Map.ofEntries(
            Map.entry("url", "https://shop.example/"),
            Map.entry("visitor_id", "v"),
            Map.entry("session_token", "s"),
            Map.entry("message", "m"),
            Map.entry("action", "a"),
            Map.entry("type", "audit"),
            Map.entry("destination_url", "https://elsewhere.example/"),
            Map.entry("code", "abcdefgh"),
            Map.entry("name", "n"),
            Map.entry("allowed_domains", List.of("shop.example")),
            Map.entry("id", 1),
            Map.entry("status", "ignored"),
            Map.entry("confirm", "n"));

    static List<Operation> all(Installation server) {
        try {
            JsonNode paths = new YAMLMapper()
                    .readTree(server.get("/openapi.yaml").send().body())
                    .path("paths");
            List<Operation> all = new ArrayList<>();
            for (Map.Entry<String, JsonNode> path : paths.properties()) {
                for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                    Set<String> schemes = new HashSet<>();
                    operation
                            .getValue()
                            .path("security")
                            .forEach(scheme -> scheme.fieldNames().forEachRemaining(schemes::add));
                    all.add(new Operation(operation.getKey().toUpperCase(Locale.ROOT), path.getKey(), schemes));
                }
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean takes(String scheme) {
        return security.contains(scheme);
    }

    /** Scripts of any page may call it. */
    boolean isForPages() {
        return takes("PublicKey");
    }

    Call call(Installation server, String query) {
        Call call = server.call(method, path + query);
        return method.equals("POST") ? call.json(EVERYTHING) : call;
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}

package io.micrologs.query;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What a project lets its visitors decide, and whom it leaves out. Its names in JSON are those of the components.
 *
 * @param cookieless visitors and sessions are made from the request, whatever ids it carries
 * @param fingerprint whether fingerprints are used
 * @param gpc whether requests with {@code Sec-GPC: 1} are left out
 * @param dnt whether requests with {@code DNT: 1} are left out
 * @param excludeCidrs client addresses that are left out, at most {@link #CIDRS_MAX}
 */
public record ProjectSettings(
        boolean cookieless, boolean fingerprint, boolean gpc, boolean dnt, List<String> excludeCidrs) {
    static final int CIDRS_MAX = 50;

    public static final ProjectSettings DEFAULT = new ProjectSettings(false, true, true, false, List.of());

    public ProjectSettings {
        excludeCidrs = List.copyOf(excludeCidrs);
    }

    /** As {@link #stored} wrote it; what is missing or unreadable has its default. */
    static ProjectSettings read(String stored) {
        JsonNode json = Json.tree(stored);
        List<String> cidrs = new ArrayList<>();
        json.path("exclude_cidrs").forEach(cidr -> cidrs.add(cidr.asText()));
        return new ProjectSettings(
                json.path("cookieless").asBoolean(DEFAULT.cookieless),
                json.path("fingerprint").asBoolean(DEFAULT.fingerprint),
                json.path("gpc").asBoolean(DEFAULT.gpc),
                json.path("dnt").asBoolean(DEFAULT.dnt),
                cidrs);
    }

    String stored() {
        return Json.text(this);
    }
}

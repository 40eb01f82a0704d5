package io.micrologs.query;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrologs.http.Cidrs;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The field {@code settings} of a request: any of the names of {@link ProjectSettings}; what is not named stays.
 *
 * @param refusal why it is not acceptable; null when it is
 */
record SettingsField(
        UnaryOperator<ProjectSettings> change, @Nullable String refusal) {
    private static final Set<String> FLAGS = Set.of("cookieless", "fingerprint", "gpc", "dnt");
    private static final String CIDRS = "exclude_cidrs";
    private static final Pattern IPV4 =
            Pattern.compile("(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}");
    private static final Pattern IPV6_CHARACTERS = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

    static SettingsField read(JsonNode given) {
        if (given.isMissingNode()) {
            return new SettingsField(settings -> settings, null);
        }
        if (!given.isObject()) {
            return refused("settings must be an object with any of cookieless, fingerprint, gpc, dnt, exclude_cidrs");
        }
        for (var field : given.properties()) {
            String refusal = refusal(field.getKey(), field.getValue());
            if (refusal != null) {
                return refused(refusal);
            }
        }
        return new SettingsField(
                old -> new ProjectSettings(
                        given.path("cookieless").asBoolean(old.cookieless()),
                        given.path("fingerprint").asBoolean(old.fingerprint()),
                        given.path("gpc").asBoolean(old.gpc()),
                        given.path("dnt").asBoolean(old.dnt()),
                        given.has(CIDRS) ? cidrs(given.path(CIDRS)) : old.excludeCidrs()),
                null);
    }

    private static SettingsField refused(String refusal) {
        return new SettingsField(settings -> settings, refusal);
    }

    private static @Nullable String refusal(String name, JsonNode value) {
        if (FLAGS.contains(name)) {
            return value.isBoolean() ? null : "settings." + name + " must be a boolean";
        }
        if (!name.equals(CIDRS)) {
            return "settings has no " + Fields.cut(Fields.whole(name), 50)
                    + ". It may have cookieless, fingerprint, gpc, dnt, exclude_cidrs";
        }
        if (!value.isArray()) {
            return "settings.exclude_cidrs must be an array of addresses or CIDR blocks such as 203.0.113.0/24";
        }
        if (value.size() > ProjectSettings.CIDRS_MAX) {
            return "settings.exclude_cidrs may have at most " + ProjectSettings.CIDRS_MAX + " entries, has "
                    + value.size();
        }
        for (int i = 0; i < value.size(); i++) {
            if (!isCidr(Fields.text(value.get(i)).strip())) {
                return "settings.exclude_cidrs[" + i + "] is no address or CIDR block such as 203.0.113.0/24";
            }
        }
        return null;
    }

    private static List<String> cidrs(JsonNode array) {
        List<String> cidrs = new ArrayList<>();
        for (JsonNode cidr : array) {
            String stripped = cidr.textValue().strip();
            if (!cidrs.contains(stripped)) {
                cidrs.add(stripped);
            }
        }
        return cidrs;
    }

    /** What the edge will compare addresses with, and nothing that a name server would have to be asked about. */
    static boolean isCidr(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        boolean isIpv6 =
                address.indexOf(':') >= 0 && IPV6_CHARACTERS.matcher(address).matches();
        if (!isIpv6 && !IPV4.matcher(address).matches()) {
            return false;
        }
        try {
            Cidrs.parse(List.of(text));
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}

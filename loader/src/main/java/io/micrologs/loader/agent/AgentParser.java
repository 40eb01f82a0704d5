package io.micrologs.loader.agent;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a User-Agent. Single-threaded: the thread that made it.
 *
 * <p>Systems and browsers come from uap-core's expressions ({@link AgentRules}), renamed to the families that people
 * know. Two things are our own, because uap-core has no device type and names few apps: the type, which browsers spell
 * out, and the browsers inside apps, each told by one token.
 */
public final class AgentParser {

    /** What the edge keeps of a User-Agent. */
    private static final int CHARACTERS_MAX = 512;

    private static final int NAME_CHARACTERS_MAX = 64;
    private static final int VERSION_CHARACTERS_MAX = 16;

    /** Tokens of apps in the order they are looked for: an app's browser also names the browser it is made of. */
    private static final String[][] APPS = {
        {"MessengerForiOS", "Messenger"},
        {"FB_IAB/MESSENGER", "Messenger"},
        {"FB_IAB/Orca-Android", "Messenger"},
        {"MessengerLite", "Messenger"},
        {"Instagram ", "Instagram"},
        {"Barcelona ", "Threads"},
        {"FBAN/", "Facebook"},
        {"FBAV/", "Facebook"},
        {"FB_IAB/", "Facebook"},
        {"musical_ly_", "TikTok"},
        {"trill_", "TikTok"},
        {"TikTok", "TikTok"},
        {"BytedanceWebview", "TikTok"},
        {"Snapchat/", "Snapchat"},
        {"LinkedInApp", "LinkedIn"},
        {"[Pinterest/", "Pinterest"},
        {"Pinterest/", "Pinterest"},
        {"Pinterest for ", "Pinterest"},
        {"MicroMessenger/", "WeChat"},
        {" Line/", "Line"},
        {"KAKAOTALK", "KakaoTalk"},
        {"NAVER(", "Naver"},
        {"Twitter for ", "X"},
        {"TwitterAndroid", "X"},
        {"Reddit/", "Reddit"},
        {"GSA/", "Google app"},
        {" Ddg/", "DuckDuckGo"},
        {"DuckDuckGo/", "DuckDuckGo"}
    };

    private static final Map<String, String> BROWSERS = Map.ofEntries(
            Map.entry("Mobile Safari", "Safari"),
            Map.entry("Mobile Safari UI/WKWebView", "Safari"),
            Map.entry("Chrome Mobile", "Chrome"),
            Map.entry("Chrome Mobile iOS", "Chrome"),
            Map.entry("Chrome Mobile WebView", "Chrome"),
            Map.entry("Firefox Mobile", "Firefox"),
            Map.entry("Firefox iOS", "Firefox"),
            Map.entry("Edge Mobile", "Edge"),
            Map.entry("Opera Mobile", "Opera"),
            Map.entry("Opera Tablet", "Opera"),
            Map.entry("Opera Touch", "Opera"),
            Map.entry("Opera Coast", "Opera"),
            Map.entry("IE", "Internet Explorer"),
            Map.entry("IE Mobile", "Internet Explorer"),
            Map.entry("IE Large Screen", "Internet Explorer"),
            Map.entry("Android", "Android Browser"),
            Map.entry("DuckDuckGo Mobile", "DuckDuckGo"),
            Map.entry("MiuiBrowser", "MIUI Browser"),
            Map.entry("QQ Browser Mobile", "QQ Browser"),
            Map.entry("Google", "Google app"),
            Map.entry("Twitter", "X"));

    private static final Map<String, String> SYSTEMS =
            Map.of("Mac OS X", "macOS", "Mac OS", "macOS", "Chrome OS", "ChromeOS", "ATV OS X", "tvOS");

    private static final Set<String> LINUXES = Set.of(
            "Linux",
            "Ubuntu",
            "Kubuntu",
            "Debian",
            "Fedora",
            "Red Hat",
            "CentOS",
            "SUSE",
            "openSUSE",
            "Gentoo",
            "Mandriva",
            "Slackware",
            "Arch Linux",
            "Linux Mint",
            "Mint",
            "Mageia",
            "Puppy",
            "PCLinuxOS",
            "Lubuntu",
            "Xubuntu");

    private static final String[] SCREENS = {
        "SMART-TV",
        "SmartTV",
        "Smart TV",
        "HbbTV",
        "AppleTV",
        "Apple TV",
        "GoogleTV",
        "Google TV",
        "Android TV",
        "BRAVIA",
        "Web0S",
        "NetCast",
        "CrKey",
        "Roku",
        "AFT",
        "PlayStation",
        "Xbox",
        "Nintendo",
        "OculusBrowser"
    };

    private static final String[] DESKTOPS = {"Macintosh", "X11", "CrOS", "Linux", "Windows"};

    private final AgentRules rules = new AgentRules();

    /** Takes a bounded number of steps, whatever the text is, and says the same of it each time. */
    public Agent parse(@Nullable String userAgent) {
        if (userAgent == null || userAgent.isBlank()) {
            return Agent.UNKNOWN;
        }
        String text = userAgent.length() <= CHARACTERS_MAX ? userAgent : userAgent.substring(0, CHARACTERS_MAX);
        AgentRules.Named os = rules.system(text);
        AgentRules.Named browser = app(text);
        if (browser == null) {
            browser = rules.browser(text);
        }
        return new Agent(
                device(text),
                os == null ? null : system(os.family()),
                os == null ? null : cut(os.version(), VERSION_CHARACTERS_MAX),
                browser == null
                        ? null
                        : cut(BROWSERS.getOrDefault(browser.family(), browser.family()), NAME_CHARACTERS_MAX),
                browser == null ? null : cut(browser.version(), VERSION_CHARACTERS_MAX));
    }

    private static @Nullable String system(String family) {
        return cut(LINUXES.contains(family) ? "Linux" : SYSTEMS.getOrDefault(family, family), NAME_CHARACTERS_MAX);
    }

    private static @Nullable String cut(@Nullable String text, int charactersMax) {
        return text == null || text.length() <= charactersMax ? text : text.substring(0, charactersMax);
    }

    private static AgentRules.@Nullable Named app(String text) {
        for (String[] app : APPS) {
            int at = text.indexOf(app[0]);
            if (at >= 0) {
                return new AgentRules.Named(app[1], major(text, at + app[0].length()));
            }
        }
        return null;
    }

    /** The version of an app stands behind its token, or, of Facebook's, in a field of its own. */
    private static @Nullable String major(String text, int from) {
        int field = text.indexOf("FBAV/");
        int at = field >= 0 ? field + "FBAV/".length() : from;
        if (at < text.length() && (text.charAt(at) == '/' || text.charAt(at) == ' ')) {
            at++;
        }
        int end = at;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end == at ? null : text.substring(at, end);
    }

    /**
     * By what browsers say of themselves. An iPad whose browser says Macintosh, which is Safari's default there since
     * iPadOS 13, cannot be told from a Mac.
     */
    private static Device device(String text) {
        boolean phone = text.contains("Windows Phone") || text.contains("IEMobile");
        if (containsAny(text, SCREENS)) {
            return Device.UNKNOWN;
        }
        if (text.contains("Windows NT") && !phone) {
            // Before the next: old Internet Explorers say "Tablet PC 2.0" on any machine.
            return Device.DESKTOP;
        }
        if (text.contains("iPad")
                || text.contains("Tablet")
                || text.contains("Kindle")
                || text.contains("Silk/")
                || text.contains("PlayBook")) {
            return Device.TABLET;
        }
        String lower = text.toLowerCase(Locale.ROOT);
        if (phone
                || text.contains("iPhone")
                || text.contains("iPod")
                || lower.contains("mobile")
                || text.contains("Opera Mini")
                || text.contains("Mobi/")
                || text.contains("BlackBerry")
                || text.contains("KAIOS")) {
            return Device.MOBILE;
        }
        if (text.contains("Android")) {
            // Phones say Mobile, also where the model is no longer named.
            return text.contains("Dalvik/") ? Device.UNKNOWN : Device.TABLET;
        }
        return containsAny(text, DESKTOPS) ? Device.DESKTOP : Device.UNKNOWN;
    }

    private static boolean containsAny(String text, String[] tokens) {
        for (String token : tokens) {
            if (text.contains(token)) {
                return true;
            }
        }
        return false;
    }
}

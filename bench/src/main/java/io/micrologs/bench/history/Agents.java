package io.micrologs.bench.history;

/** What browsers call themselves, by how many use them. */
final class Agents {
    private static final int VERSIONS = 12;
    private static final int VARIANTS = 8;
    /** Windows, Android, iPhone, Edge, macOS, Safari, Firefox, Samsung. */
    private static final double[] FAMILIES = {30, 27, 19, 7, 5, 5, 4, 3};

    private static final String[] DESKTOP = {"1920x1080", "1366x768", "1536x864", "2560x1440", "1440x900"};
    private static final String[] PHONE = {"390x844", "412x915", "360x800", "393x873", "414x896"};
    private static final Skew SCREENS = Skew.of(40, 20, 18, 12, 10);

    private Agents() {}

    static String[] all() {
        String[] all = new String[FAMILIES.length * VERSIONS * VARIANTS];
        for (int i = 0; i < all.length; i++) {
            all[i] = agent(family(i), i / VARIANTS % VERSIONS, i % VARIANTS);
        }
        return all;
    }

    /** The newest versions are used most. */
    static Skew skew() {
        double[] weights = new double[FAMILIES.length * VERSIONS * VARIANTS];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = FAMILIES[family(i)] / StrictMath.pow(1 + i / VARIANTS % VERSIONS, 1.5) / (1 + i % VARIANTS);
        }
        return Skew.of(weights);
    }

    private static int family(int agent) {
        return agent / (VERSIONS * VARIANTS);
    }

    static boolean isPhone(int agent) {
        int family = family(agent);
        return family == 1 || family == 2 || family == 7;
    }

    static String screen(boolean phone, long random) {
        return (phone ? PHONE : DESKTOP)[SCREENS.draw(random)];
    }

    private static String agent(int family, int age, int variant) {
        int version = 147 - age;
        String chrome = " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/" + version + ".0." + (7_000 - variant) + ".";
        return switch (family) {
            case 0 -> "Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + chrome + "60 Safari/537.36";
            case 1 ->
                "Mozilla/5.0 (Linux; Android " + (15 - age % 4) + "; Pixel " + (9 - variant) + ")" + chrome
                        + "60 Mobile Safari/537.36";
            case 2 ->
                "Mozilla/5.0 (iPhone; CPU iPhone OS " + (26 - age % 4) + "_" + variant
                        + " like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/" + (26 - age % 4) + "."
                        + variant + " Mobile/15E148 Safari/604.1";
            case 3 ->
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + chrome + "60 Safari/537.36 Edg/" + version + ".0."
                        + variant;
            case 4 -> "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)" + chrome + "60 Safari/537.36";
            case 5 ->
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/"
                        + (26 - age % 6) + "." + variant + " Safari/605.1.15";
            case 6 ->
                "Mozilla/5.0 (X11; Linux x86_64; rv:" + version + ".0) Gecko/20100101 Firefox/" + version + "."
                        + variant;
            default ->
                "Mozilla/5.0 (Linux; Android " + (15 - age % 4) + "; SM-S9" + (10 + variant)
                        + "B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/" + (29 - age) + ".0 Chrome/"
                        + version
                        + ".0.0.0 Mobile Safari/537.36";
        };
    }
}

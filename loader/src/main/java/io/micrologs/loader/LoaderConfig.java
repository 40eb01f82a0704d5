package io.micrologs.loader;

/**
 * How the loader cuts and bounds its work; validated here, so that a wrong value refuses to start.
 *
 * @param loaderId names this loader's checkpoint and ledger rows, 1 to 65,535
 * @param batchRowsMax events of one transaction at most, 1 to 50,000
 * @param batchBytesMax text of one transaction at most, roughly, in bytes; 64 KiB to 64 MiB
 * @param commitIntervalMs a batch that is not full is committed when its first event waited this long, 1 to 60,000
 * @param errorGroupsMax error groups of one project, besides the one that takes the rest; 1 to 1,000,000
 * @param cacheEntriesMax committed rows of one kind that are kept in memory, 1,000 to 10,000,000
 * @param recentViewsMax counted views of the last 300 seconds that are kept in memory, 1,000 to 50,000,000
 * @param localInfile whether to try LOAD DATA LOCAL; where the server refuses it, INSERT is used anyway
 * @param retentionDays UTC days of raw rows that are kept before today, 3 to 36,500; 0 keeps all
 */
public record LoaderConfig(
        int loaderId,
        int batchRowsMax,
        int batchBytesMax,
        int commitIntervalMs,
        int errorGroupsMax,
        int cacheEntriesMax,
        int recentViewsMax,
        boolean localInfile,
        int retentionDays) {

    /** A session may last two days, and an event's id is looked up for one. */
    public static final int RETENTION_DAYS_MIN = 3;

    public static final int RETENTION_DAYS_MAX = 36_500;

    public LoaderConfig {
        check("loaderId", loaderId, 1, 65_535);
        check("batchRowsMax", batchRowsMax, 1, 50_000);
        check("batchBytesMax", batchBytesMax, 64 << 10, 64 << 20);
        check("commitIntervalMs", commitIntervalMs, 1, 60_000);
        check("errorGroupsMax", errorGroupsMax, 1, 1_000_000);
        check("cacheEntriesMax", cacheEntriesMax, 1_000, 10_000_000);
        check("recentViewsMax", recentViewsMax, 1_000, 50_000_000);
        if (retentionDays != 0) {
            check("retentionDays", retentionDays, RETENTION_DAYS_MIN, RETENTION_DAYS_MAX);
        }
    }

    /** One that keeps all raw rows. */
    public LoaderConfig(
            int loaderId,
            int batchRowsMax,
            int batchBytesMax,
            int commitIntervalMs,
            int errorGroupsMax,
            int cacheEntriesMax,
            int recentViewsMax,
            boolean localInfile) {
        this(
                loaderId,
                batchRowsMax,
                batchBytesMax,
                commitIntervalMs,
                errorGroupsMax,
                cacheEntriesMax,
                recentViewsMax,
                localInfile,
                0);
    }

    public static LoaderConfig defaults() {
        return new LoaderConfig(1, 5_000, 4 << 20, 500, 10_000, 200_000, 4_000_000, true);
    }

    private static void check(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " must be " + min + " to " + max + ", is " + value);
        }
    }
}

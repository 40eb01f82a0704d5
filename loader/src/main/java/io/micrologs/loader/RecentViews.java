package io.micrologs.loader;

/**
 * When a visitor's view of a page was last counted, for as long as that makes another one a repeat. Single-threaded:
 * loader thread.
 */
final class RecentViews {
    /*
     * A ring of views in the order they were counted, and an open-addressed table of positions in it:
     *
     *   head ──► | project | visitor | page | ms |   oldest, expires first
     *            |   ...   |         |      |    |
     *   tail ──► |         |         |      |    |   next one goes here
     *
     *   slots[hash(project, visitor, page)] = ring position + 1, 0 = empty; linear probing, deletion shifts back
     *
     * Times do not fall (EventClock), so expiry only ever looks at the head. Views that are read back after a start
     * come project by project and may lie behind younger ones: they only leave later, find() compares the time itself.
     * Exact up to viewsMax; beyond, the oldest view makes room and evictions() tells.
     */

    static final long WINDOW_MS = 300_000;

    private final int viewsMax;
    private int[] projects;
    private long[] visitors;
    private long[] pages;
    private long[] times;
    private int[] slots;
    private long head;
    private long tail;
    private long evictions;

    RecentViews(int viewsMax) {
        this.viewsMax = viewsMax;
        this.projects = new int[1024];
        this.visitors = new long[1024];
        this.pages = new long[1024];
        this.times = new long[1024];
        this.slots = new int[2048];
    }

    /** Whether a view at this time would be a repeat. */
    boolean isRepeat(int projectId, long visitorId, long pageId, long timeMs) {
        int slot = find(projectId, visitorId, pageId);
        return slots[slot] != 0 && timeMs - times[slots[slot] - 1] < WINDOW_MS;
    }

    void counted(int projectId, long visitorId, long pageId, long timeMs) {
        while (tail > head && timeMs - times[at(head)] >= WINDOW_MS) {
            removeHead();
        }
        if (tail - head == viewsMax) {
            removeHead();
            evictions++;
        }
        if (tail - head == times.length) {
            grow();
        }
        int position = at(tail++);
        projects[position] = projectId;
        visitors[position] = visitorId;
        pages[position] = pageId;
        times[position] = timeMs;
        slots[find(projectId, visitorId, pageId)] = position + 1;
    }

    /** Views that made room before their time: some repeats after them were counted. */
    long evictions() {
        return evictions;
    }

    int size() {
        return (int) (tail - head);
    }

    void clear() {
        head = 0;
        tail = 0;
        projects = new int[1024];
        visitors = new long[1024];
        pages = new long[1024];
        times = new long[1024];
        slots = new int[2048];
    }

    private int at(long position) {
        return (int) position & (times.length - 1);
    }

    /** The slot that holds this view, or the empty one where it belongs. */
    private int find(int projectId, long visitorId, long pageId) {
        int slot = home(projectId, visitorId, pageId);
        while (slots[slot] != 0) {
            int position = slots[slot] - 1;
            if (visitors[position] == visitorId && pages[position] == pageId && projects[position] == projectId) {
                return slot;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        return slot;
    }

    private int home(int projectId, long visitorId, long pageId) {
        long mixed = (visitorId ^ Long.rotateLeft(pageId, 32) ^ projectId) * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 32) & (slots.length - 1);
    }

    private void removeHead() {
        int position = at(head++);
        int slot = find(projects[position], visitors[position], pages[position]);
        // A view that was counted again has a younger entry; the slot is that one's then.
        if (slots[slot] == position + 1) {
            removeSlot(slot);
        }
    }

    private void removeSlot(int removed) {
        int mask = slots.length - 1;
        int hole = removed;
        int slot = (hole + 1) & mask;
        while (slots[slot] != 0) {
            int position = slots[slot] - 1;
            int home = home(projects[position], visitors[position], pages[position]);
            if (((slot - home) & mask) >= ((slot - hole) & mask)) {
                slots[hole] = slots[slot];
                hole = slot;
            }
            slot = (slot + 1) & mask;
        }
        slots[hole] = 0;
    }

    private void grow() {
        int capacity = times.length;
        int[] oldProjects = projects;
        long[] oldVisitors = visitors;
        long[] oldPages = pages;
        long[] oldTimes = times;
        projects = new int[capacity * 2];
        visitors = new long[capacity * 2];
        pages = new long[capacity * 2];
        times = new long[capacity * 2];
        slots = new int[capacity * 4];
        long first = head;
        int count = size();
        head = 0;
        tail = 0;
        for (int i = 0; i < count; i++) {
            int from = (int) (first + i) & (capacity - 1);
            projects[i] = oldProjects[from];
            visitors[i] = oldVisitors[from];
            pages[i] = oldPages[from];
            times[i] = oldTimes[from];
            tail++;
            slots[find(projects[i], visitors[i], pages[i])] = i + 1;
        }
    }
}

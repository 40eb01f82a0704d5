package io.micrologs.bench.history;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Somebody who is on the site; reused for the next one when it is over. */
final class Visit {
    private static final int PAGES_REMEMBERED = 8;

    int visitor;
    long sessionToken;
    long dueMs;
    int left;
    int page;
    int viewed;
    boolean newcomer;

    @Nullable
    String referrer;

    private final int[] pages = new int[PAGES_REMEMBERED];

    void begin(int newVisitor, long newToken, int viewsDue) {
        visitor = newVisitor;
        sessionToken = newToken;
        left = viewsDue;
        viewed = 0;
        Arrays.fill(pages, -1);
    }

    void view(int next) {
        page = next;
        pages[viewed % PAGES_REMEMBERED] = next;
        viewed++;
        left--;
    }

    /** Among the last {@value #PAGES_REMEMBERED}. */
    boolean hasSeen(int other) {
        for (int seen : pages) {
            if (seen == other) {
                return true;
            }
        }
        return false;
    }
}

package io.micrologs.bench.history;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Somebody who is on the site. */
final class Visit {
    private static final int PAGES_REMEMBERED = 8;

    final int visitor;
    final long sessionToken;
    /** When the next page is wanted. */
    long dueMs;
    /** Views to come. */
    int left;

    int page;
    boolean newcomer;

    @Nullable
    String referrer;

    private final int[] pages = new int[PAGES_REMEMBERED];
    private int viewed;

    Visit(int visitor, long sessionToken, int views) {
        this.visitor = visitor;
        this.sessionToken = sessionToken;
        this.left = views;
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

package io.micrologs.bench.history;

import java.util.List;

/**
 * Whose history it is.
 *
 * @param links numbers of the project's tracked links; none: no clicks
 */
public record Site(int projectId, List<Integer> links, String domain) {
    public Site {
        links = List.copyOf(links);
    }
}

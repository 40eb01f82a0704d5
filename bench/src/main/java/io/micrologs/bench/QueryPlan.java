package io.micrologs.bench;

import java.util.List;

/**
 * What one {@code bench query} does.
 *
 * @param questions in the order in which they are asked
 * @param runs of each question, again and again
 * @param coldRuns of each question, each after a restart of the database; 0: none
 * @param dropPageCache whether to try to
 */
record QueryPlan(List<QueryRequest> questions, int runs, int coldRuns, boolean dropPageCache) {
    QueryPlan {
        questions = List.copyOf(questions);
    }
}

package io.micrologs.bench;

/**
 * What one {@code bench query} does.
 *
 * @param runs of each question while everything is in memory
 * @param coldRuns of each question, each after a restart of the database; 0: none
 * @param dropPageCache whether to try to
 */
record QueryPlan(int runs, int coldRuns, boolean dropPageCache) {}

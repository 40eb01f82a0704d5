package io.micrologs.bench;

/**
 * A part of the history on its way into the tables, and its ceiling.
 *
 * @param events that were still to be loaded when, with all of the part in the journal, a batch had just been committed; or all
 *     of the part when the loader had most of them by then
 * @param nanos until the last of these was committed and counted
 * @param committedNanos until it was committed, some of it still to be counted
 * @param restNanos until the loader was at rest: weeks and months, as far as they are over, are summed up, too
 * @param loaderCpu seconds of the loader's process until all was counted
 * @param databaseCpu seconds of the processes that it started
 * @param machineBusy share (0..1) of all cores' time that was not idle
 * @param othersBusy share of it that none of ours used, then or beside the ceiling, whichever is more
 * @param made events a second into the journal, with the loader at work beside
 */
record LoadPart(
        long events,
        long nanos,
        long committedNanos,
        long restNanos,
        double loaderCpu,
        double databaseCpu,
        double machineBusy,
        double othersBusy,
        double made,
        Ceiling.Measured ceiling) {

    double eventsPerSecond() {
        return events * 1e9 / nanos;
    }

    double committedPerSecond() {
        return events * 1e9 / committedNanos;
    }

    double restedPerSecond() {
        return events * 1e9 / restNanos;
    }

    double ratio() {
        return eventsPerSecond() / ceiling.eventsPerSecond();
    }
}

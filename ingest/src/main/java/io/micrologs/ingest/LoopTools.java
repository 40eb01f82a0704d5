package io.micrologs.ingest;

import io.micrologs.journal.AppendLane;
import java.util.SplittableRandom;

/**
 * What one event loop's requests share, because they are handled one at a time.
 *
 * @param bots whether an agent is a bot, by the first {@link Agent#LENGTH_MAX} characters of it
 */
record LoopTools(
        AppendLane lane,
        Hasher hasher,
        DailyHasher daily,
        JsonBody json,
        Gunzip gunzip,
        SplittableRandom random,
        Recent<String, Boolean> bots,
        PlaceCache places,
        Clicks clicks) {}

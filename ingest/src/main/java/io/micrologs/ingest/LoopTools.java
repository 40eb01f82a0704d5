package io.micrologs.ingest;

import io.micrologs.journal.AppendLane;
import java.util.SplittableRandom;

/** What one event loop's requests share, because they are handled one at a time. */
record LoopTools(AppendLane lane, Hasher hasher, JsonBody json, SplittableRandom random) {}

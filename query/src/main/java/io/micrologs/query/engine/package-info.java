/** Answers questions about what was counted: from rollups where they can, from raw rows where they must. */
@org.jspecify.annotations.NullMarked
package io.micrologs.query.engine;

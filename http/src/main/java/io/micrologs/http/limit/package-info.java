/** Rate limits per client address and endpoint, counted in memory and kept in {@code .req} files. */
@NullMarked
package io.micrologs.http.limit;

import org.jspecify.annotations.NullMarked;

/** Load, drain and query benchmarks that drive a running server, and what they are measured against. */
@NullMarked
package io.micrologs.bench;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.micrologs.ingest;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.micrologs.journal;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.micrologs.query;

import org.jspecify.annotations.NullMarked;

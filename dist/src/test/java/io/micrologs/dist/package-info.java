@NullMarked
package io.micrologs.dist;

import org.jspecify.annotations.NullMarked;

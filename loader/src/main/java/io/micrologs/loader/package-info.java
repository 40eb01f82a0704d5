@NullMarked
package io.micrologs.loader;

import org.jspecify.annotations.NullMarked;

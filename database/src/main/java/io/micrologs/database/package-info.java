@NullMarked
package io.micrologs.database;

import org.jspecify.annotations.NullMarked;

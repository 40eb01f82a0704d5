@NullMarked
package io.micrologs.server;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.micrologs.http;

import org.jspecify.annotations.NullMarked;

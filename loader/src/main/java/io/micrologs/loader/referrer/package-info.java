/** Where a referrer comes from. */
@NullMarked
package io.micrologs.loader.referrer;

import org.jspecify.annotations.NullMarked;

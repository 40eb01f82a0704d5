/** Made-up events as a site would have had them over months, and their way into a journal. */
@NullMarked
package io.micrologs.bench.history;

import org.jspecify.annotations.NullMarked;

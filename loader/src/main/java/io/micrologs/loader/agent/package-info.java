/** What a User-Agent says about device, system and browser. */
@NullMarked
package io.micrologs.loader.agent;

import org.jspecify.annotations.NullMarked;

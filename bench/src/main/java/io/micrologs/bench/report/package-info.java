/** What every benchmark says at its end: a table for people, JSON for programs, a picture for the documentation. */
@NullMarked
package io.micrologs.bench.report;

import org.jspecify.annotations.NullMarked;

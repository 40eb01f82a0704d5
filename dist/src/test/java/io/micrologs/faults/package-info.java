/** What the server promises under faults, tried from outside: processes are killed, and a client's own log is the witness. */
package io.micrologs.faults;

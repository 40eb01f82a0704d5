/** That nothing leaks: the packaged server's files, logs, tables and sockets, looked at from outside. */
package io.micrologs.secrets;

/** The HTTP contract, walked from outside against the server that users unpack. */
package io.micrologs.contract;

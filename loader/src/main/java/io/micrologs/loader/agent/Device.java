package io.micrologs.loader.agent;

/** What kind of machine; the {@link #code} is what is stored and never reused. */
public enum Device {
    /** Also television sets, consoles and headsets: they are none of the others. */
    UNKNOWN(0),
    DESKTOP(1),
    MOBILE(2),
    TABLET(3);

    public final int code;

    Device(int code) {
        this.code = code;
    }
}

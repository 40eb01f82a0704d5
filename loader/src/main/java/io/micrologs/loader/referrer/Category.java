package io.micrologs.loader.referrer;

/** Where a visitor comes from; the {@link #code} is what is stored and never reused. */
public enum Category {
    UNKNOWN(0),
    DIRECT(1),
    ORGANIC_SEARCH(2),
    SOCIAL(3),
    REFERRAL(4),
    EMAIL(5),
    AI_ASSISTANT(6);

    public final int code;

    Category(int code) {
        this.code = code;
    }

    /** Throws {@link IllegalArgumentException} for a code that was never given out. */
    public static Category of(int code) {
        for (Category category : values()) {
            if (category.code == code) {
                return category;
            }
        }
        throw new IllegalArgumentException("no category has code " + code);
    }
}

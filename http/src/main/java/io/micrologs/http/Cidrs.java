package io.micrologs.http;

import java.util.List;

/** Blocks of addresses. Immutable. */
public final class Cidrs {
    private final TrustedProxies blocks;

    private Cidrs(TrustedProxies blocks) {
        this.blocks = blocks;
    }

    /**
     * @param cidrs addresses and blocks such as {@code 10.0.0.0/8}; {@link IllegalArgumentException} names the one that is
     *     neither
     */
    public static Cidrs parse(List<String> cidrs) {
        return new Cidrs(TrustedProxies.parse(cidrs));
    }

    /** @param address 4 or 16 bytes, as {@link Exchange#clientAddress} gives it */
    public boolean contains(byte[] address) {
        return blocks.contains(address);
    }
}

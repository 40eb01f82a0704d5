package io.micrologs.http;

import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The CIDR blocks whose {@code X-Forwarded-*} headers are believed. Immutable. */
final class TrustedProxies {
    private record Block(byte[] network, int bits) {
        boolean contains(byte[] address) {
            if (address.length != network.length) {
                return false;
            }
            int whole = bits >>> 3;
            for (int i = 0; i < whole; i++) {
                if (address[i] != network[i]) {
                    return false;
                }
            }
            int rest = bits & 7;
            return rest == 0 || ((address[whole] ^ network[whole]) & (0xff00 >>> rest) & 0xff) == 0;
        }
    }

    private final List<Block> blocks;

    private TrustedProxies(List<Block> blocks) {
        this.blocks = List.copyOf(blocks);
    }

    /** Throws {@link IllegalArgumentException} that names the entry which is no CIDR block. */
    static TrustedProxies parse(List<String> cidrs) {
        List<Block> blocks = new ArrayList<>();
        for (String cidr : cidrs) {
            int slash = cidr.indexOf('/');
            byte[] network = parseAddress(slash < 0 ? cidr : cidr.substring(0, slash));
            int bits = network == null ? -1 : slash < 0 ? network.length * 8 : parseBits(cidr.substring(slash + 1));
            if (network == null || bits < 0 || bits > network.length * 8) {
                throw new IllegalArgumentException(
                        "trusted proxy '" + cidr + "' is no address or CIDR block such as 10.0.0.0/8");
            }
            blocks.add(new Block(network, bits));
        }
        return new TrustedProxies(blocks);
    }

    /**
     * Throws {@link IllegalArgumentException} that names the entry which is wider than any network of one's own: 10.0.0.0/8
     * and fc00::/7 are the widest. Whoever sends from a trusted address may choose the client's, so trusting everybody
     * would let every client choose its own.
     */
    static void refuseWide(List<String> cidrs) {
        for (String cidr : cidrs) {
            Block block = parse(List.of(cidr)).blocks.get(0);
            if (block.bits < (block.network.length == 4 ? 8 : 7)) {
                throw new IllegalArgumentException("trusted proxy '" + cidr
                        + "' would let strangers choose their own address; name the proxy's network, which is"
                        + " 10.0.0.0/8 or fc00::/7 at the widest");
            }
        }
    }

    boolean contains(byte[] address) {
        for (Block block : blocks) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The rightmost hop that is no proxy of ours. What stands left of it was written by somebody we do not know. An entry
     * that is no address ends the search too: the proxy that passed it on is then the client.
     *
     * @param forwardedFor the values of all {@code X-Forwarded-For} headers, first to last
     */
    byte[] client(byte[] peer, List<String> forwardedFor) {
        byte[] client = peer;
        for (int line = forwardedFor.size() - 1; line >= 0; line--) {
            String hops = forwardedFor.get(line);
            int end = hops.length();
            while (end >= 0) {
                if (!contains(client)) {
                    return client;
                }
                int comma = hops.lastIndexOf(',', end - 1);
                byte[] hop = parseHop(hops.substring(comma + 1, end).trim());
                if (hop == null) {
                    return client;
                }
                client = hop;
                end = comma;
            }
        }
        return client;
    }

    /** Some proxies add the port. */
    private static byte @Nullable [] parseHop(String hop) {
        if (hop.startsWith("[")) {
            int close = hop.indexOf(']');
            return close < 0 ? null : parseAddress(hop.substring(1, close));
        }
        int colon = hop.indexOf(':');
        boolean port = colon >= 0 && colon == hop.lastIndexOf(':') && hop.indexOf('.') >= 0;
        return parseAddress(port ? hop.substring(0, colon) : hop);
    }

    private static byte @Nullable [] parseAddress(String text) {
        return NetUtil.isValidIpV4Address(text) || NetUtil.isValidIpV6Address(text)
                ? plain(NetUtil.createByteArrayFromIpAddressString(text))
                : null;
    }

    /** An IPv4 address is 4 bytes, also when it came as {@code ::ffff:a.b.c.d}. */
    static byte[] plain(byte[] address) {
        if (address.length != 16 || address[10] != -1 || address[11] != -1) {
            return address;
        }
        for (int i = 0; i < 10; i++) {
            if (address[i] != 0) {
                return address;
            }
        }
        return new byte[] {address[12], address[13], address[14], address[15]};
    }

    private static int parseBits(String text) {
        if (text.isEmpty() || text.length() > 3) {
            return -1;
        }
        int bits = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            bits = bits * 10 + c - '0';
        }
        return bits;
    }
}

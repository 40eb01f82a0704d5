package io.micrologs.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The other end of a connection, and who the client is when that end is a trusted proxy. Immutable. */
final class Peer {
    private static final int HOST_LENGTH_MAX = 260;

    private final InetAddress inet;
    private final byte[] address;
    private final boolean trusted;
    private final TrustedProxies proxies;
    private final String localHost;

    Peer(InetSocketAddress remote, InetSocketAddress local, TrustedProxies proxies) {
        this.inet = remote.getAddress();
        this.address = TrustedProxies.plain(inet.getAddress());
        this.trusted = proxies.contains(address);
        this.proxies = proxies;
        String host = local.getAddress().getHostAddress();
        this.localHost = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + local.getPort();
    }

    InetAddress inet() {
        return inet;
    }

    boolean trusted() {
        return trusted;
    }

    byte[] clientAddress(HttpHeaders headers) {
        return trusted ? proxies.client(address, headers.getAll("x-forwarded-for")) : address;
    }

    String baseUrl(HttpHeaders headers) {
        String scheme = "http";
        String host = headers.get(HttpHeaderNames.HOST);
        if (trusted) {
            if ("https".equalsIgnoreCase(last(headers.getAll("x-forwarded-proto")))) {
                scheme = "https";
            }
            String forwarded = last(headers.getAll("x-forwarded-host"));
            host = forwarded == null ? host : forwarded;
        }
        return scheme + "://" + (isHost(host) ? host : localHost);
    }

    /** What the nearest proxy wrote. */
    private static @Nullable String last(List<String> values) {
        if (values.isEmpty()) {
            return null;
        }
        String line = values.get(values.size() - 1);
        return line.substring(line.lastIndexOf(',') + 1).trim();
    }

    /** Base URLs end up in pages and answers: nothing but a host and a port may get into them. */
    static boolean isHost(@Nullable String text) {
        if (text == null || text.isEmpty() || text.length() > HOST_LENGTH_MAX) {
            return false;
        }
        int bracket = text.charAt(0) == '[' ? text.indexOf(']') : -1;
        int colon = text.indexOf(':', Math.max(bracket, 0));
        String host = colon < 0 ? text : text.substring(0, colon);
        return (colon < 0 || isPort(text, colon + 1)) && (bracket < 0 ? isName(host) : isIpv6(host));
    }

    private static boolean isPort(String text, int from) {
        if (from == text.length() || text.length() - from > 5) {
            return false;
        }
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv6(String text) {
        return text.endsWith("]") && text.indexOf('%') < 0 && NetUtil.isValidIpV6Address(text);
    }

    private static boolean isName(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean good = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || (".-_".indexOf(c) >= 0 && i > 0);
            if (!good) {
                return false;
            }
        }
        return !text.isEmpty() && text.indexOf("..") < 0;
    }
}

package io.micrologs.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import org.jspecify.annotations.Nullable;

/** What is wrong with a request before anybody asks what it wants; each of these answers is a connection's last. */
final class Framing {
    static final Reply BAD_REQUEST = Reply.failure(400, "Bad request");
    static final Reply TIMEOUT = Reply.failure(408, "Request timeout");
    static final Reply TOO_LARGE = Reply.failure(413, "Payload too large");
    static final Reply URI_TOO_LONG = Reply.failure(414, "URI too long");
    static final Reply EXPECTATION = Reply.failure(417, "Expectation failed");
    static final Reply HEADERS_TOO_LARGE = Reply.failure(431, "Request header fields too large");
    static final Reply VERSION = Reply.failure(505, "HTTP version not supported");

    private static final String[] SCHEMES = {"http://", "https://"};

    private Framing() {}

    /** Null when headers and announced length are in order. */
    static @Nullable Reply fault(HttpRequest request, int bodyBytesMax) {
        if (request.decoderResult().isFailure()) {
            Throwable cause = request.decoderResult().cause();
            return cause instanceof TooLongHttpLineException
                    ? URI_TOO_LONG
                    : cause instanceof TooLongHttpHeaderException ? HEADERS_TOO_LARGE : BAD_REQUEST;
        }
        HttpVersion version = request.protocolVersion();
        if (version.majorVersion() != 1 || version.minorVersion() > 1) {
            return VERSION;
        }
        HttpHeaders headers = request.headers();
        CharSequence host = null;
        for (var hosts = headers.valueCharSequenceIterator(HttpHeaderNames.HOST); hosts.hasNext(); ) {
            if (host != null) {
                return BAD_REQUEST;
            }
            host = hosts.next();
        }
        if ((host == null && version.minorVersion() > 0)
                || (host != null && !isHost(host))
                || !isTarget(request.uri(), request.method(), host)) {
            return BAD_REQUEST;
        }
        if (HttpUtil.getContentLength(request, 0L) > bodyBytesMax) {
            return TOO_LARGE;
        }
        boolean unknown = headers.contains(HttpHeaderNames.EXPECT) && !HttpUtil.is100ContinueExpected(request);
        return unknown && version.minorVersion() > 0 ? EXPECTATION : null;
    }

    /** A path, the address of one on the host that the request is for, or the star of OPTIONS. */
    private static boolean isTarget(String target, HttpMethod method, @Nullable CharSequence host) {
        if (target.startsWith("/")) {
            return true;
        }
        if (target.equals("*")) {
            return method.equals(HttpMethod.OPTIONS);
        }
        int authority = authority(target);
        return authority > 0
                && (host == null
                        || host.toString().equalsIgnoreCase(target.substring(authority, pathOf(target, authority))));
    }

    /** Where the host of an absolute address begins; 0 when it is none of HTTP. */
    static int authority(String target) {
        for (String scheme : SCHEMES) {
            if (target.regionMatches(true, 0, scheme, 0, scheme.length())) {
                return scheme.length();
            }
        }
        return 0;
    }

    /** Where the path, or what stands in its place, begins behind the host at {@code authority}. */
    static int pathOf(String target, int authority) {
        int at = authority;
        while (at < target.length() && "/?#".indexOf(target.charAt(at)) < 0) {
            at++;
        }
        return at;
    }

    /** As RFC 3986 spells hosts and ports; two of them in a list are none, and neither is a user with a host. */
    private static boolean isHost(CharSequence host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!letter && "-._~!$&'()*+;=%:[]".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}

package io.micrologs.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
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
        if (version.majorVersion() != 1) {
            return VERSION;
        }
        HttpHeaders headers = request.headers();
        int hosts = 0;
        for (var host = headers.valueCharSequenceIterator(HttpHeaderNames.HOST); host.hasNext(); host.next()) {
            hosts++;
        }
        if (hosts > 1 || (hosts == 0 && version.minorVersion() > 0)) {
            return BAD_REQUEST;
        }
        if (HttpUtil.getContentLength(request, 0L) > bodyBytesMax) {
            return TOO_LARGE;
        }
        boolean unknown = headers.contains(HttpHeaderNames.EXPECT) && !HttpUtil.is100ContinueExpected(request);
        return unknown && version.minorVersion() > 0 ? EXPECTATION : null;
    }
}

package io.micrologs.http;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;

/** Netty's decoder without its leniency: whatever two servers could read differently is an error. */
final class RequestDecoder extends HttpRequestDecoder {
    static final int URI_BYTES_MAX = 8_192;
    static final int HEADER_BYTES_MAX = 16_384;

    RequestDecoder() {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(URI_BYTES_MAX)
                .setMaxHeaderSize(HEADER_BYTES_MAX)
                .setMaxChunkSize(65_536)
                .setAllowDuplicateContentLengths(false)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true));
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("Transfer-Encoding with Content-Length");
    }
}

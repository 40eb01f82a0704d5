package io.micrologs.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * Netty's decoder without its leniency: whatever two servers could read differently is an error. Single-threaded: the
 * connection's event loop.
 */
final class RequestDecoder extends HttpRequestDecoder {
    /*
     * Netty decodes, and what it took is looked at again here, so this can only refuse more than Netty does:
     *
     *   request line   one space between its words; Netty takes tabs and a bare CR, too
     *   header lines   at most HEADERS_MAX, one Content-Length, one Transfer-Encoding that is `chunked`; none that goes
     *                  on in the next line; not the two by which Netty would take 8 bytes of a body that nobody announced
     *   chunks         sizes of up to 8 hex digits and nothing else; no extensions and no trailers, which no client of
     *                  ours sends, and where parsers differ most
     *
     * decode() is called once for each line or piece; what lies between the buffer's index before and after is what Netty
     * took. Empty lines in front of a request are skipped, as RFC 9112 asks for.
     */
    static final int URI_BYTES_MAX = 8_192;
    static final int HEADER_BYTES_MAX = 16_384;
    static final int HEADERS_MAX = 256;

    private static final int CHUNK_SIZE_DIGITS_MAX = 8;
    private static final AsciiString HIXIE_KEY = AsciiString.cached("sec-websocket-key1");
    private static final DecoderResult AMBIGUOUS = DecoderResult.failure(new IllegalArgumentException("ambiguous"));

    private enum Part {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILER
    }

    private Part part = Part.HEAD;
    private boolean broken;
    /** Where the request line's last word ended. */
    private int wordEnd;

    private int headers;
    private int lengths;
    private int transferEncodings;
    /** Whether the last byte that was taken ended a line of a head that goes on. */
    private boolean lineEnded;

    private boolean folded;

    private long chunkBytesLeft;

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
    protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out) throws Exception {
        if (broken) {
            buffer.skipBytes(buffer.readableBytes());
            return;
        }
        int start = buffer.readerIndex();
        int made = out.size();
        super.decode(ctx, buffer, out);
        if (buffer.readerIndex() == start || (out.size() > made && isFailure(out.get(made)))) {
            return;
        }
        boolean sound =
                part == Part.HEAD ? isSoundHead(buffer, start, out, made) : isSoundBody(buffer, start, out, made);
        if (!sound) {
            refuse(buffer, out, made);
        }
    }

    // ---- the request line

    @Override
    protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
        headers = 0;
        lengths = 0;
        transferEncodings = 0;
        check(start == 0);
        wordEnd = length;
        return super.splitFirstWordInitialLine(line, start, length);
    }

    @Override
    protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
        checkSpace(line, start);
        wordEnd = start + length;
        for (int i = start; i < wordEnd; i++) {
            check(line[i] < 0 || (line[i] > ' ' && line[i] != 0x7f));
        }
        return super.splitSecondWordInitialLine(line, start, length);
    }

    @Override
    protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
        checkSpace(line, start);
        // Netty reads it in any case of its letters.
        check(length == 8
                && line[start] == 'H'
                && line[start + 1] == 'T'
                && line[start + 2] == 'T'
                && line[start + 3] == 'P');
        return super.splitThirdWordInitialLine(line, start, length);
    }

    private void checkSpace(byte[] line, int start) {
        check(start == wordEnd + 1 && line[wordEnd] == ' ');
    }

    // ---- header lines

    @Override
    protected AsciiString splitHeaderName(byte[] line, int start, int length) {
        if (++headers > HEADERS_MAX) {
            throw new TooLongHttpHeaderException("more than " + HEADERS_MAX + " header lines");
        }
        AsciiString name = super.splitHeaderName(line, start, length);
        if (length == HttpHeaderNames.CONTENT_LENGTH.length()) {
            // Netty takes the first of several that HTTP/1.0 sends.
            check(!name.contentEqualsIgnoreCase(HttpHeaderNames.CONTENT_LENGTH) || ++lengths == 1);
        } else if (length == HttpHeaderNames.TRANSFER_ENCODING.length()) {
            check(!name.contentEqualsIgnoreCase(HttpHeaderNames.TRANSFER_ENCODING) || ++transferEncodings == 1);
        } else if (length == HIXIE_KEY.length()) {
            check(!name.contentEqualsIgnoreCase(HIXIE_KEY));
        }
        return name;
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("Transfer-Encoding with Content-Length");
    }

    private boolean isSoundHead(ByteBuf buffer, int start, List<Object> out, int made) {
        folded |= hasFoldedLine(buffer, start);
        if (out.size() == made) {
            return true;
        }
        lineEnded = false;
        if (folded) {
            return false;
        }
        if (transferEncodings > 0) {
            part = Part.CHUNK_SIZE;
            String coding = ((HttpMessage) out.get(made)).headers().get(HttpHeaderNames.TRANSFER_ENCODING);
            return coding != null && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(coding);
        }
        part = out.get(out.size() - 1) instanceof LastHttpContent ? Part.HEAD : Part.BODY;
        return true;
    }

    /** Netty glues a line that begins with white space to the one before it; others call it a header of its own. */
    private boolean hasFoldedLine(ByteBuf buffer, int start) {
        int end = buffer.readerIndex();
        int line = start;
        boolean found = lineEnded && isSpace(buffer.getByte(start));
        while (line < end && !found) {
            int lineFeed = buffer.indexOf(line, end, (byte) '\n');
            line = lineFeed < 0 ? end : lineFeed + 1;
            found = line < end && isSpace(buffer.getByte(line));
        }
        lineEnded = buffer.getByte(end - 1) == '\n';
        return found;
    }

    // ---- the body

    private boolean isSoundBody(ByteBuf buffer, int start, List<Object> out, int made) {
        int at = start;
        if (part == Part.CHUNK_SIZE) {
            int lineFeed = buffer.indexOf(start, buffer.readerIndex(), (byte) '\n');
            chunkBytesLeft = hex(buffer, start, lineFeed - 1);
            if (chunkBytesLeft < 0) {
                return false;
            }
            part = chunkBytesLeft == 0 ? Part.TRAILER : Part.CHUNK;
            at = lineFeed + 1;
        } else if (part == Part.CHUNK_END) {
            part = Part.CHUNK_SIZE;
        } else if (part == Part.TRAILER && buffer.getByte(start) != '\r') {
            return false;
        }
        if (out.size() > made) {
            HttpContent content = (HttpContent) out.get(made);
            if (content instanceof LastHttpContent) {
                part = Part.HEAD;
            } else if (part == Part.CHUNK) {
                chunkBytesLeft -= content.content().readableBytes();
                at += content.content().readableBytes();
                if (chunkBytesLeft == 0) {
                    part = at < buffer.readerIndex() ? Part.CHUNK_SIZE : Part.CHUNK_END;
                }
            }
        }
        return true;
    }

    /** -1 when there is anything but a few hex digits. */
    private static long hex(ByteBuf buffer, int start, int end) {
        if (end - start > CHUNK_SIZE_DIGITS_MAX) {
            return -1;
        }
        long value = 0;
        for (int i = start; i < end; i++) {
            byte b = buffer.getByte(i);
            int digit = b < 0 ? -1 : Character.digit(b, 16);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    // ---- what is wrong

    /** Nothing that comes after this is looked at. */
    private void refuse(ByteBuf buffer, List<Object> out, int made) {
        broken = true;
        buffer.skipBytes(buffer.readableBytes());
        if (out.size() > made && out.get(made) instanceof HttpMessage head) {
            head.setDecoderResult(AMBIGUOUS);
            return;
        }
        while (out.size() > made) {
            ReferenceCountUtil.release(out.remove(out.size() - 1));
        }
        HttpContent content = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
        content.setDecoderResult(AMBIGUOUS);
        out.add(content);
    }

    private static boolean isFailure(Object made) {
        return made instanceof HttpMessage message
                ? message.decoderResult().isFailure()
                : ((HttpContent) made).decoderResult().isFailure();
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t';
    }

    private static void check(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException("ambiguous");
        }
    }
}

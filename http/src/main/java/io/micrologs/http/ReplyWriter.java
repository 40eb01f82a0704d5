package io.micrologs.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Puts replies on the wire. Netty's own encoder would look at every header again for every answer. */
final class ReplyWriter {
    private static final byte[] VARY_ORIGIN = ascii("vary: Origin\r\n");
    private static final byte[] ALLOW_ORIGIN = ascii("access-control-allow-origin: ");
    private static final byte[] CLOSE = ascii("connection: close\r\n");
    private static final byte[] KEEP_ALIVE = ascii("connection: keep-alive\r\n");
    private static final byte[] LINE_END = ascii("\r\n");
    private static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");

    /** A longer body is handed over as it is instead of being copied behind the head. */
    private static final int COPY_BYTES_MAX = 8_192;

    private static final int ORIGIN_LENGTH_MAX = 512;
    private static final int EXTRA_BYTES_MAX = 256;

    private ReplyWriter() {}

    /**
     * @param origin what to allow by CORS, or null
     * @param varyOrigin whether the route answers differently by origin
     * @param keepAlive to say that the connection stays, to a client that would not expect it
     */
    static ChannelFuture write(
            ChannelHandlerContext ctx,
            Reply reply,
            byte[] dateLine,
            @Nullable String origin,
            boolean varyOrigin,
            boolean close,
            boolean keepAlive,
            boolean withBody) {
        byte[] head = reply.head();
        byte[] body = reply.body();
        boolean copied = body.length <= COPY_BYTES_MAX;
        String allowed = origin != null && origin.length() <= ORIGIN_LENGTH_MAX ? origin : null;
        ByteBuf out = ctx.alloc()
                .ioBuffer(head.length
                        + EXTRA_BYTES_MAX
                        + (allowed == null ? 0 : allowed.length())
                        + (copied ? body.length : 0));
        out.writeBytes(head).writeBytes(dateLine);
        if (varyOrigin) {
            out.writeBytes(VARY_ORIGIN);
        }
        if (allowed != null) {
            out.writeBytes(ALLOW_ORIGIN);
            out.writeCharSequence(allowed, StandardCharsets.ISO_8859_1);
            out.writeBytes(LINE_END);
        }
        if (close) {
            out.writeBytes(CLOSE);
        } else if (keepAlive) {
            out.writeBytes(KEEP_ALIVE);
        }
        out.writeBytes(LINE_END);
        if (!withBody) {
            return ctx.write(out);
        }
        if (copied) {
            return ctx.write(out.writeBytes(body));
        }
        ctx.write(out, ctx.voidPromise());
        return ctx.write(Unpooled.wrappedBuffer(body));
    }

    static void writeContinue(ChannelHandlerContext ctx) {
        ctx.writeAndFlush(Unpooled.wrappedBuffer(CONTINUE), ctx.voidPromise());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

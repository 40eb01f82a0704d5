package io.micrologs.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The ceiling: Netty that decodes each request and gives one fixed answer, the very bytes the server gave to the same
 * kind of request. Runs in a process of its own, with as many event loops as cores, until its standard input ends.
 */
public final class BareResponder {
    private BareResponder() {}

    /** @param args one argument: the answer's bytes in base64. Prints the port it listens on. */
    public static void main(String[] args) throws Exception {
        // The server's logging backend is on the class path too; standard output is for the port alone.
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
        byte[] answer = Base64.getDecoder().decode(args[0]);
        Responder responder = new Responder(answer);
        boolean epoll = Epoll.isAvailable();
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
                Runtime.getRuntime().availableProcessors(),
                epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        Channel listener = new ServerBootstrap()
                .group(loops)
                .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1_024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HttpServerCodec(), responder);
                    }
                })
                .bind(new InetSocketAddress("127.0.0.1", 0))
                .sync()
                .channel();
        System.out.println(((InetSocketAddress) listener.localAddress()).getPort());
        while (System.in.read() >= 0) {
            // Its parent holds the other end: when that goes, for whatever reason, so does this process.
        }
        loops.shutdownGracefully();
    }

    /** One for all connections. Immutable. */
    @ChannelHandler.Sharable
    private static final class Responder extends ChannelInboundHandlerAdapter {
        private final HttpResponseStatus status;
        private final HttpHeaders headers;
        private final ByteBuf body;

        Responder(byte[] answer) {
            String text = new String(answer, StandardCharsets.ISO_8859_1);
            int head = text.indexOf("\r\n\r\n") + 4;
            String[] lines = text.substring(0, head - 4).split("\r\n", -1);
            status = HttpResponseStatus.parseLine(lines[0].substring("HTTP/1.1 ".length()));
            headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
            for (int i = 1; i < lines.length; i++) {
                int colon = lines[i].indexOf(':');
                headers.add(
                        lines[i].substring(0, colon),
                        lines[i].substring(colon + 1).trim());
            }
            body = Unpooled.unreleasableBuffer(Unpooled.directBuffer().writeBytes(answer, head, answer.length - head));
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            boolean last = message instanceof LastHttpContent;
            ReferenceCountUtil.release(message);
            if (last) {
                context.write(
                        new DefaultFullHttpResponse(
                                HttpVersion.HTTP_1_1,
                                status,
                                body.duplicate(),
                                headers,
                                DefaultHttpHeadersFactory.trailersFactory().newEmptyHeaders()),
                        context.voidPromise());
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}

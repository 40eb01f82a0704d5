package io.micrologs.http;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Thousands of connections from as many addresses of the loopback network as the cap per address asks for. */
final class ManyClients implements AutoCloseable {
    private static final int PER_ADDRESS = 500;

    /** One connection's first answer: its status, and how long after the connection it came; 0 for none before the end. */
    record Outcome(int status, long nanos) {}

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
    private final AtomicInteger open = new AtomicInteger();
    private final CountDownLatch answered;
    private final String first;
    private final boolean drips;

    /**
     * Returns when all are connected.
     *
     * @param first what each sends at once
     * @param drips whether each then sends a byte every second
     */
    ManyClients(int port, int count, String first, boolean drips) throws InterruptedException {
        this.first = first;
        this.drips = drips;
        answered = new CountDownLatch(count);
        Bootstrap bootstrap = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 60_000)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new Client());
                    }
                });
        for (int i = 0; i < count; i++) {
            bootstrap
                    .connect(
                            new InetSocketAddress("127.0.0.1", port),
                            new InetSocketAddress("127.0.0." + (2 + i / PER_ADDRESS), 0))
                    .sync();
        }
    }

    int open() {
        return open.get();
    }

    Queue<Outcome> outcomes() {
        return outcomes;
    }

    /** Until each got an answer or its end. */
    boolean await(long seconds) throws InterruptedException {
        return answered.await(seconds, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Client extends SimpleChannelInboundHandler<ByteBuf> {
        private long connectedNanos;
        private boolean done;

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            connectedNanos = System.nanoTime();
            open.incrementAndGet();
            ctx.writeAndFlush(Unpooled.copiedBuffer(first, StandardCharsets.US_ASCII));
            if (drips) {
                ctx.executor()
                        .scheduleAtFixedRate(
                                () -> ctx.writeAndFlush(Unpooled.copiedBuffer("x", StandardCharsets.US_ASCII)),
                                1,
                                1,
                                TimeUnit.SECONDS);
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
            String answer = bytes.toString(StandardCharsets.US_ASCII);
            end(answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            open.decrementAndGet();
            end(0);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }

        private void end(int status) {
            if (!done) {
                done = true;
                outcomes.add(new Outcome(status, System.nanoTime() - connectedNanos));
                answered.countDown();
            }
        }
    }
}

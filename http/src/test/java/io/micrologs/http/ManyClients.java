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
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Thousands of connections from as many addresses of the loopback network as the cap per address asks for. They are played by a
 * process of their own, and that only while nothing else wants the processor ({@code SCHED_IDLE}), so that what others
 * notice of them is what the server does for them. Each line that it prints is {@code connected}, once all are;
 * {@code status nanos} of a connection's first answer or end; or {@code closed}.
 */
final class ManyClients implements AutoCloseable {
    private static final int PER_ADDRESS = 500;

    /** One connection's first answer: its status, and how long after the connection it came; 0 for none before the end. */
    record Outcome(int status, long nanos) {}

    private final Process process;
    private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
    private final AtomicInteger open;
    private final CountDownLatch connected = new CountDownLatch(1);
    private final CountDownLatch answered;

    /**
     * Returns when all are connected.
     *
     * @param first what each sends at once
     * @param drips whether each then sends a byte a second, at a moment of its own, and none sooner to make up for a late one
     */
    ManyClients(int port, int count, String first, boolean drips) throws IOException, InterruptedException {
        open = new AtomicInteger(count);
        answered = new CountDownLatch(count);
        process = new ProcessBuilder(List.of(
                        "chrt",
                        "--idle",
                        "0",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ManyClients.class.getName(),
                        Integer.toString(port),
                        Integer.toString(count),
                        first,
                        Boolean.toString(drips)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread reader = new Thread(this::read, "many-clients-output");
        reader.setDaemon(true);
        reader.start();
        if (!connected.await(120, TimeUnit.SECONDS)) {
            close();
            throw new IOException(count + " clients did not get connected in 120 s");
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
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    private void read() {
        try (BufferedReader out = process.inputReader(StandardCharsets.US_ASCII)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.equals("connected")) {
                    connected.countDown();
                } else if (line.equals("closed")) {
                    open.decrementAndGet();
                } else {
                    String[] words = line.split(" ");
                    outcomes.add(new Outcome(Integer.parseInt(words[0]), Long.parseLong(words[1])));
                    answered.countDown();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param args port, count, what each sends at once, and whether each drips */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        int count = Integer.parseInt(args[1]);
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        Bootstrap bootstrap = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 60_000)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new Client(args[2], Boolean.parseBoolean(args[3])));
                    }
                });
        for (int i = 0; i < count; i++) {
            bootstrap
                    .connect(
                            new InetSocketAddress("127.0.0.1", port),
                            new InetSocketAddress("127.0.0." + (2 + i / PER_ADDRESS), 0))
                    .sync();
        }
        System.out.println("connected");
        Thread.currentThread().join();
    }

    private static final class Client extends SimpleChannelInboundHandler<ByteBuf> {
        private final String first;
        private final boolean drips;
        private long connectedNanos;
        private boolean done;

        Client(String first, boolean drips) {
            this.first = first;
            this.drips = drips;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            connectedNanos = System.nanoTime();
            ctx.writeAndFlush(Unpooled.copiedBuffer(first, StandardCharsets.US_ASCII));
            if (drips) {
                ctx.executor()
                        .scheduleWithFixedDelay(
                                () -> ctx.writeAndFlush(Unpooled.copiedBuffer("x", StandardCharsets.US_ASCII)),
                                ThreadLocalRandom.current().nextLong(1_000),
                                1_000,
                                TimeUnit.MILLISECONDS);
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
            String answer = bytes.toString(StandardCharsets.US_ASCII);
            end(answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end(0);
            System.out.println("closed");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }

        private void end(int status) {
            if (!done) {
                done = true;
                System.out.println(status + " " + (System.nanoTime() - connectedNanos));
            }
        }
    }
}

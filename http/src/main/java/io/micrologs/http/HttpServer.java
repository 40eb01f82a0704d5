package io.micrologs.http;

import io.micrologs.http.limit.RateLimiter;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens from {@link #start} to {@link #close}. */
public final class HttpServer implements AutoCloseable {
    private static final Duration DRAIN = Duration.ofSeconds(10);
    private static final int BACKLOG = 4_096;
    private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

    private final EventLoopGroup loops;
    private final Map<EventExecutor, LoopWatch> watches = new IdentityHashMap<>();
    private final ServerState state;
    private final Channel listener;

    private HttpServer(HttpConfig config, Routes routes, @Nullable RateLimiter limiter) {
        state = new ServerState(
                routes,
                new Gate(limiter),
                new ForwardingWatch(),
                new Workers(config.workerThreads(), config.workerQueueMax()),
                new ConnectionCaps(connectionsMax(config), config.connectionsPerAddressMax()),
                TrustedProxies.parse(config.trustedProxies()),
                config.bodyBytesMax(),
                config.headerDeadline().toNanos(),
                config.bodyDeadline().toNanos(),
                config.idleDeadline().toNanos(),
                new AtomicBoolean());
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        loops = new MultiThreadIoEventLoopGroup(
                Runtime.getRuntime().availableProcessors(), new DefaultThreadFactory("http-loop"), io);
        Duration shortest = Stream.of(config.headerDeadline(), config.bodyDeadline(), config.idleDeadline())
                .min(Duration::compareTo)
                .orElseThrow();
        for (EventExecutor loop : loops) {
            watches.put(loop, LoopWatch.start((EventLoop) loop, shortest));
        }
        try {
            listener = bind(config, epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class);
        } catch (HttpException e) {
            stopThreads();
            throw e;
        }
    }

    /** Without rate limits. Throws {@link HttpException} when it cannot listen. */
    public static HttpServer start(HttpConfig config, Routes routes) {
        return start(config, routes, null);
    }

    /**
     * Throws {@link HttpException} when it cannot listen.
     *
     * @param limiter is asked about routes with a limit, and is the caller's to close, after the server; null asks nobody
     */
    public static HttpServer start(HttpConfig config, Routes routes, @Nullable RateLimiter limiter) {
        return new HttpServer(config, routes, limiter);
    }

    /**
     * The last peer within an hour that sent a proxy's headers and is no trusted proxy: its address if that belongs to a
     * private network, else "".
     */
    public Optional<String> untrustedProxy() {
        return state.forwarding().untrusted(System.nanoTime());
    }

    /** The port that it listens on. */
    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** Stops accepting, gives requests in flight 10 s to finish, then closes every connection. */
    @Override
    public void close() {
        if (!state.closing().compareAndSet(false, true)) {
            return;
        }
        listener.close().syncUninterruptibly();
        watches.forEach((loop, watch) -> loop.execute(watch::finish));
        try {
            state.caps().awaitNone(DRAIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stopThreads();
    }

    private static int connectionsMax(HttpConfig config) {
        long descriptors = Descriptors.max();
        int connections = Descriptors.connectionsMax(config.connectionsMax(), descriptors);
        if (connections < config.connectionsMax()) {
            log.warn(
                    "at most {} connections instead of http.connections.max={}: this process may open {} files; raise that"
                            + " limit (ulimit -n) or lower the setting",
                    connections,
                    config.connectionsMax(),
                    descriptors);
        }
        return connections;
    }

    private void stopThreads() {
        state.workers().close();
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    private Channel bind(HttpConfig config, Class<? extends ServerChannel> type) {
        InetSocketAddress address = new InetSocketAddress(config.host(), config.port());
        if (address.isUnresolved()) {
            throw new HttpException("http.host " + config.host() + " is not known; set http.host");
        }
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channel(type)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(512, 2_048, Connection.READ_BYTES_MAX))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        LoopWatch watch = watches.get(channel.eventLoop());
                        if (watch == null) {
                            throw new IllegalStateException("a loop without its watch");
                        }
                        channel.pipeline().addLast(new RequestDecoder(), new Connection(state, watch));
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new HttpException(reason(config, bound.cause()), bound.cause());
        }
        return bound.channel();
    }

    private static String reason(HttpConfig config, Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        if (text.contains("Permission denied")) {
            return "port " + config.port() + " needs more rights than this user has; set http.port to 1024 or more";
        }
        if (text.contains("annot assign requested address")) {
            return "http.host " + config.host() + " is no address of this machine; set http.host";
        }
        if (cause instanceof BindException || text.contains("in use")) {
            return "port " + config.port() + " is taken; set http.port";
        }
        return "cannot listen on " + config.host() + ":" + config.port() + ": " + text;
    }
}

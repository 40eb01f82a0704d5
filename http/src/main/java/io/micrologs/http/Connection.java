package io.micrologs.http;

import io.micrologs.http.Routes.LargeBodies;
import io.micrologs.http.Routes.Route;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's requests, one after the other. Single-threaded: the connection's event loop. */
final class Connection extends ChannelInboundHandlerAdapter {
    /*
     *            headers               last of the body          respond()
     *   WAITING ─────────► RECEIVING ─────────────────► BUSY ─────────────────► WAITING
     *      │                   │                          │ last answer
     *      └── bad framing, too large, too slow ──────────┴──────────► LEAVING ──► closed
     *
     * BUSY ends when the endpoint answers, now or later. What the client pipelines meanwhile waits in `queue`, and reading
     * stops: at most what one read had brought (READ_BYTES_MAX) is queued. Reading is not stopped for clients that do not
     * pipeline, because each stop and start is a system call.
     *
     * LEAVING: the answer is written, our half is closed, and what the client is still sending is read and thrown away
     * for a while. Closing at once, or with bytes unread, would make its kernel throw away our answer with them. It is read
     * at a bounded rate, not up to a bound: a client that sends 10 GB without a look at the answer is slowed down until
     * it looks, and cut off when its time is over.
     *
     * Deadlines are absolute, so a byte a second does not help; LoopWatch looks at them. No clock is read for a
     * request that comes in one piece.
     */
    static final int READ_BYTES_MAX = 16_384;

    /** Thrown away between two looks of {@link LoopWatch}, which are a second apart at most. */
    private static final int DRAIN_BYTES_MAX = 64 << 20;

    private static final long DRAIN_NANOS = 5_000_000_000L;
    /** There is no room for who is refused by the cap, and little for his leaving; at shutdown nobody waits for anybody. */
    private static final long DRAIN_SHORT_NANOS = 500_000_000L;

    private static final long NEVER = Long.MAX_VALUE;

    private static final Logger log = LoggerFactory.getLogger(Connection.class);

    private static final ChannelFutureListener WRITTEN = future -> {
        reportFailure(future.cause());
        if (!future.isSuccess()) {
            future.channel().close();
        }
    };

    private enum Phase {
        WAITING,
        RECEIVING,
        BUSY,
        LEAVING
    }

    private final ServerState server;
    private final LoopWatch watch;
    private final Exchange exchange = new Exchange(this);
    private final ArrayDeque<Object> queue = new ArrayDeque<>(0);

    private @Nullable ChannelHandlerContext ctx;
    private @Nullable Peer peer;
    private Phase phase = Phase.WAITING;
    private boolean counted;
    private boolean lingering;
    private boolean reading;
    private boolean unflushed;
    private boolean pumping;
    private boolean heardSomething;
    private boolean inputEnded;
    private boolean headRequest;
    private int drainedBytes;
    /** Whether the gate has let this request through already. */
    private boolean admitted;
    /** Where this connection's body has taken a permit. */
    private @Nullable Semaphore largeBody;

    private long deadline = NEVER;
    /** Which phase {@link #deadline} was set in; null while a kept-alive connection is idle. */
    private @Nullable Phase deadlineOf;

    Connection(ServerState server, LoopWatch watch) {
        this.server = server;
        this.watch = watch;
    }

    // ---- what the client sends

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        this.ctx = ctx;
        SocketChannel channel = (SocketChannel) ctx.channel();
        InetSocketAddress remote = channel.remoteAddress();
        InetSocketAddress local = channel.localAddress();
        if (remote == null || local == null) {
            ctx.close();
            return;
        }
        Peer connected = new Peer(remote, local, server.proxies());
        peer = connected;
        watch.add(this);
        counted = server.caps().enter(connected.inet(), connected.trusted());
        if (!counted) {
            lingering = server.caps().linger();
            if (lingering) {
                leave(Workers.BUSY);
            } else {
                ctx.close();
            }
            return;
        }
        if (server.closing().get()) {
            ctx.close();
            return;
        }
        deadline = System.nanoTime() + server.headerNanos();
        deadlineOf = Phase.WAITING;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reading = true;
        heardSomething = true;
        if (phase == Phase.LEAVING) {
            drain(message);
        } else if (phase == Phase.BUSY || !queue.isEmpty() || !ctx.channel().isWritable()) {
            queue.add(message);
            ctx.channel().config().setAutoRead(false);
        } else {
            process(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        if (unflushed) {
            unflushed = false;
            ctx.flush();
        }
        if (phase == Phase.RECEIVING && deadlineOf != Phase.RECEIVING) {
            deadline = System.nanoTime() + server.bodyNanos();
            deadlineOf = Phase.RECEIVING;
        } else if (phase == Phase.WAITING && deadlineOf == null && !heardSomething) {
            // Bytes came that make no message yet: the next request's headers have begun.
            deadline = System.nanoTime() + server.headerNanos();
            deadlineOf = Phase.WAITING;
        }
        heardSomething = false;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            pump();
        }
    }

    private void process(Object message) {
        try {
            if (message instanceof HttpRequest request) {
                begin(request);
            }
            if (message instanceof HttpContent content && phase == Phase.RECEIVING) {
                receive(content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(HttpRequest request) {
        exchange.begin(request, server.routes());
        admitted = false;
        headRequest = request.method().name().equals("HEAD");
        phase = Phase.RECEIVING;
        Reply refusal = Framing.fault(request, bodyBytesMax());
        if (refusal != null) {
            refuse(refusal);
        } else if (HttpUtil.is100ContinueExpected(request) && queue.isEmpty()) {
            ReplyWriter.writeContinue(context());
        }
    }

    private void receive(HttpContent content) {
        if (content.decoderResult().isFailure()) {
            refuse(Framing.BAD_REQUEST);
            return;
        }
        ByteBuf bytes = content.content();
        int length = bytes.readableBytes();
        if (length > bodyBytesMax() - exchange.bodyLength()) {
            refuse(Framing.TOO_LARGE);
            return;
        }
        if (exchange.bodyLength() + length > server.bodyBytesMax() && largeBody == null) {
            Reply refusal = takeLargeBody();
            if (refusal != null) {
                leave(refusal);
                return;
            }
        }
        if (length > 0) {
            int start = exchange.bodyLength();
            bytes.readBytes(exchange.grow(length), start, length);
        }
        if (content instanceof LastHttpContent) {
            phase = Phase.BUSY;
            deadline = NEVER;
            dispatch();
        }
    }

    private void refuse(Reply fault) {
        Gate.tellFault(exchange, fault);
        leave(fault);
    }

    private int bodyBytesMax() {
        LargeBodies large = largeBodies();
        return large == null ? server.bodyBytesMax() : large.bytesMax();
    }

    private @Nullable LargeBodies largeBodies() {
        Route route = exchange.route();
        return route == null ? null : route.largeBodies();
    }

    /** Null when there is room for this body. Whatever can refuse the request without its body does so before it takes room. */
    private @Nullable Reply takeLargeBody() {
        Route route = exchange.route();
        LargeBodies large = largeBodies();
        if (route == null || large == null) {
            return Framing.TOO_LARGE;
        }
        Reply refusal = server.gate().refuse(exchange);
        if (refusal == null) {
            refusal = large.refusal().apply(exchange);
        }
        if (refusal != null) {
            return refusal;
        }
        if (!large.room().tryAcquire()) {
            route.refused().accept(Gate.BUSY);
            return Workers.BUSY;
        }
        admitted = true;
        largeBody = large.room();
        return null;
    }

    /** The request was answered, or its client is gone. */
    private void endExchange() {
        exchange.end();
        Semaphore room = largeBody;
        if (room != null) {
            largeBody = null;
            room.release();
        }
    }

    private void dispatch() {
        HttpRequest request = exchange.request();
        if (request != null) {
            server.forwarding().look(requirePeer(), request.headers(), watch.coarseNanos());
        }
        Reply refusal = admitted ? null : server.gate().refuse(exchange);
        Route route = exchange.route();
        if (refusal != null || route == null) {
            respond(refusal == null ? Routes.NOT_FOUND : refusal);
        } else if (route.loop() != null) {
            try {
                route.loop().handle(exchange);
            } catch (RuntimeException | StackOverflowError e) {
                failed(e);
            }
        } else if (route.worker() != null) {
            Executor loop = loop();
            server.workers().run(route.worker(), exchange.copy(), reply -> loop.execute(() -> respondLater(reply)));
        }
    }

    private void failed(Throwable e) {
        log.error("{} {} failed: {}", exchange.method(), exchange.path(), e.toString());
        log.debug("where it failed", e);
        if (phase == Phase.BUSY) {
            leave(Workers.INTERNAL_ERROR);
        }
    }

    // ---- what we answer

    /** A worker is slow enough for the client, or the server, to have gone meanwhile. */
    private void respondLater(Reply reply) {
        if (phase == Phase.BUSY) {
            try {
                respond(reply);
            } catch (Throwable e) {
                // Netty would log it as any other.
                FatalErrors.report(e);
                throw e;
            }
        }
    }

    void respond(Reply reply) {
        if (phase == Phase.LEAVING) {
            return;
        }
        HttpRequest request = exchange.request();
        if (phase != Phase.BUSY || request == null) {
            throw new IllegalStateException("answered twice: " + exchange.path());
        }
        if (server.closing().get() || !HttpUtil.isKeepAlive(request) || (inputEnded && queue.isEmpty())) {
            leave(reply);
            return;
        }
        write(reply, false).addListener(WRITTEN);
        endExchange();
        phase = Phase.WAITING;
        deadline = watch.coarseNanos() + server.idleNanos();
        deadlineOf = null;
        pump();
    }

    /** Works off what the client pipelined; an endpoint that answers at once gets here from within. */
    private void pump() {
        if (pumping || queue.isEmpty()) {
            return;
        }
        pumping = true;
        // A client that does not read its answers gets no further ones made: they would pile up here.
        while (phase != Phase.BUSY
                && phase != Phase.LEAVING
                && !queue.isEmpty()
                && context().channel().isWritable()) {
            process(queue.poll());
        }
        pumping = false;
        if (phase == Phase.LEAVING || !queue.isEmpty()) {
            return;
        }
        if (inputEnded && phase != Phase.BUSY) {
            context().close();
        } else {
            if (phase == Phase.RECEIVING) {
                deadline = System.nanoTime() + server.bodyNanos();
                deadlineOf = Phase.RECEIVING;
            }
            context().channel().config().setAutoRead(true);
        }
    }

    /** The last answer on this connection. */
    private void leave(Reply reply) {
        phase = Phase.LEAVING;
        ChannelFuture written = write(reply, true);
        endExchange();
        releaseQueue();
        deadline = System.nanoTime() + drainNanos(reply == Framing.TOO_LARGE || largeBodies() != null);
        ChannelHandlerContext context = context();
        if (context.pipeline().context(RequestDecoder.class) != null) {
            context.pipeline().remove(RequestDecoder.class);
        }
        context.channel().config().setAutoRead(true);
        written.addListener(future -> {
            reportFailure(future.cause());
            if (inputEnded || !future.isSuccess()) {
                context.close();
            } else {
                ((SocketChannel) context.channel()).shutdownOutput();
            }
        });
        if (!reading) {
            context.flush();
        }
    }

    /** @param large what is refused while it is being sent has as much time for the rest as it would have had */
    private long drainNanos(boolean large) {
        if (server.closing().get() || lingering) {
            return DRAIN_SHORT_NANOS;
        }
        return large ? Math.max(DRAIN_NANOS, server.bodyNanos()) : DRAIN_NANOS;
    }

    private ChannelFuture write(Reply reply, boolean last) {
        ChannelHandlerContext context = context();
        Route route = exchange.route();
        HttpRequest request = exchange.request();
        boolean crossOrigin = route != null && route.crossOrigin();
        ChannelFuture written = ReplyWriter.write(
                context,
                reply,
                watch.dateLine(),
                crossOrigin && request != null ? request.headers().get(HttpHeaderNames.ORIGIN) : null,
                crossOrigin,
                last,
                request != null && request.protocolVersion().minorVersion() == 0,
                !headRequest);
        if (reading) {
            unflushed = true;
        } else {
            context.flush();
        }
        return written;
    }

    /** Encoding runs in here as well, and memory that is not on the heap ends here. */
    private static void reportFailure(@Nullable Throwable failure) {
        if (failure != null) {
            FatalErrors.report(failure);
        }
    }

    private void drain(Object message) {
        if (message instanceof ByteBuf bytes) {
            drainedBytes += bytes.readableBytes();
        }
        ReferenceCountUtil.release(message);
        if (drainedBytes > DRAIN_BYTES_MAX) {
            context().channel().config().setAutoRead(false);
        }
    }

    /** A while has gone by. */
    void drainOn() {
        if (drainedBytes > 0) {
            boolean waits = drainedBytes > DRAIN_BYTES_MAX;
            drainedBytes = 0;
            if (waits) {
                context().channel().config().setAutoRead(true);
            }
        }
    }

    // ---- how it ends

    /** The client sends no more; it may still read. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded = true;
            if (phase != Phase.BUSY) {
                ctx.close();
            }
        }
    }

    boolean isPast(long nowNanos) {
        return deadline != NEVER && nowNanos - deadline >= 0;
    }

    /** The deadline is over. */
    void expire() {
        boolean began = phase == Phase.RECEIVING || (phase == Phase.WAITING && deadlineOf == Phase.WAITING);
        if (began) {
            leave(Framing.TIMEOUT);
        } else {
            context().close();
        }
    }

    /** The server closes: an idle connection at once, another one after its answer. */
    void finish() {
        if (phase == Phase.WAITING && queue.isEmpty()) {
            context().close();
        } else if (phase == Phase.LEAVING) {
            deadline = Math.min(deadline, System.nanoTime() + DRAIN_SHORT_NANOS);
        }
    }

    /** Closes without a word, whatever it is busy with. */
    void abort() {
        context().close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        phase = Phase.LEAVING;
        deadline = NEVER;
        releaseQueue();
        endExchange();
        watch.remove(this);
        if (counted && peer != null) {
            counted = false;
            server.caps().leave(peer.inet(), peer.trusted());
        }
        if (lingering) {
            lingering = false;
            server.caps().endLinger();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        FatalErrors.report(cause);
        if (!(cause instanceof IOException || cause instanceof UncheckedIOException)) {
            log.warn("connection closed: {}", cause.toString());
            log.debug("where it failed", cause);
        }
        ctx.close();
    }

    private void releaseQueue() {
        queue.forEach(ReferenceCountUtil::release);
        queue.clear();
    }

    // ---- what an exchange asks

    byte[] clientAddress(HttpHeaders headers) {
        return requirePeer().clientAddress(headers);
    }

    String baseUrl(HttpHeaders headers) {
        return requirePeer().baseUrl(headers);
    }

    Executor loop() {
        return context().channel().eventLoop();
    }

    boolean isOpen() {
        return phase != Phase.LEAVING;
    }

    private Peer requirePeer() {
        Peer known = peer;
        if (known == null) {
            throw new IllegalStateException("not connected");
        }
        return known;
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext known = ctx;
        if (known == null) {
            throw new IllegalStateException("not connected");
        }
        return known;
    }
}

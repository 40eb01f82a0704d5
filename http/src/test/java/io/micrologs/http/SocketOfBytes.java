package io.micrologs.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DefaultSocketChannelConfig;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/** A connection without a kernel: what is received is handed to the handlers at once, what they send is kept. */
final class SocketOfBytes extends EmbeddedChannel implements SocketChannel {
    private static final InetSocketAddress LOCAL = new InetSocketAddress("127.0.0.1", 8080);
    private static final InetSocketAddress REMOTE = new InetSocketAddress("127.0.0.1", 40_000);

    // Asked for while the superclass is still being made.
    private @Nullable SocketChannelConfig socketConfig;
    private @Nullable Socket options;

    SocketOfBytes(ByteBufAllocator allocator, ChannelHandler... handlers) {
        super(false, false);
        config().setAllocator(allocator);
        pipeline().addLast(handlers);
        try {
            register();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    void receive(byte[] bytes, int from, int to) {
        ByteBuf buffer = alloc().directBuffer(to - from).writeBytes(bytes, from, to - from);
        pipeline().fireChannelRead(buffer).fireChannelReadComplete();
    }

    /** The client sends no more. */
    void receiveEnd() {
        pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }

    byte[] sent() {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        for (Object next = readOutbound(); next != null; next = readOutbound()) {
            ByteBuf bytes = (ByteBuf) next;
            byte[] copy = new byte[bytes.readableBytes()];
            bytes.readBytes(copy);
            sent.writeBytes(copy);
            ReferenceCountUtil.release(next);
        }
        return sent.toByteArray();
    }

    @Override
    public SocketChannelConfig config() {
        if (socketConfig == null) {
            options = new Socket();
            socketConfig = new DefaultSocketChannelConfig(this, options);
        }
        return socketConfig;
    }

    /** The options are those of a real socket, which would keep a file open until it is collected as garbage. */
    @Override
    protected void doClose() throws Exception {
        super.doClose();
        if (options != null) {
            options.close();
        }
    }

    @Override
    public InetSocketAddress localAddress() {
        return LOCAL;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return REMOTE;
    }

    @Override
    @SuppressWarnings("NullAway")
    public ServerSocketChannel parent() {
        return null;
    }

    @Override
    public boolean isInputShutdown() {
        return false;
    }

    @Override
    public boolean isOutputShutdown() {
        return false;
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public ChannelFuture shutdownInput() {
        return newSucceededFuture();
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        return promise.setSuccess();
    }

    @Override
    public ChannelFuture shutdownOutput() {
        return newSucceededFuture();
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        return promise.setSuccess();
    }

    @Override
    public ChannelFuture shutdown() {
        return newSucceededFuture();
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        return promise.setSuccess();
    }
}

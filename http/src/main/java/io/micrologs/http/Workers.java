package io.micrologs.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bounded pool for endpoints that block. Any thread. */
final class Workers {
    static final Reply INTERNAL_ERROR = Reply.failure(500, "Internal error");
    static final Reply BUSY = Reply.failure(503, "Too busy, try again").header("retry-after", "1");

    /** Smaller answers do not get smaller on the wire, which counts packets. */
    private static final int GZIP_BYTES_MIN = 1_024;

    private static final Logger log = LoggerFactory.getLogger(Workers.class);

    private final ThreadPoolExecutor pool;

    Workers(int threads, int queueMax) {
        AtomicInteger number = new AtomicInteger();
        pool = new ThreadPoolExecutor(
                threads, threads, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queueMax), task -> {
                    Thread thread = new Thread(task, "http-worker-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
    }

    /** {@code answer} gets the reply on a worker thread, or on the caller's when there is no room. */
    void run(WorkerEndpoint endpoint, Request request, Consumer<Reply> answer) {
        try {
            pool.execute(() -> answer.accept(handle(endpoint, request)));
        } catch (RejectedExecutionException full) {
            answer.accept(BUSY);
        }
    }

    void close() {
        pool.shutdownNow();
    }

    private static Reply handle(WorkerEndpoint endpoint, Request request) {
        try {
            return compressed(endpoint.handle(request), request);
        } catch (Exception | StackOverflowError e) {
            log.error("{} {} failed: {}", request.method(), request.path(), e.toString());
            log.debug("where it failed", e);
            return INTERNAL_ERROR;
        }
    }

    private static Reply compressed(Reply reply, Request request) throws IOException {
        if (reply.body().length <= GZIP_BYTES_MIN
                || reply.hasHeader("content-encoding")
                || !acceptsGzip(request.header(HttpHeaderNames.ACCEPT_ENCODING))) {
            return reply;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(reply.body().length / 2);
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(reply.body());
        }
        return reply.withBody(bytes.toByteArray())
                .header("content-encoding", "gzip")
                .header("vary", "Accept-Encoding");
    }

    /** Whether {@code Accept-Encoding} names gzip without {@code q=0}. */
    static boolean acceptsGzip(@Nullable String acceptEncoding) {
        if (acceptEncoding == null) {
            return false;
        }
        for (String item : acceptEncoding.split(",")) {
            String[] parts = item.trim().split(";", 2);
            if (parts[0].trim().equalsIgnoreCase("gzip")) {
                return parts.length == 1 || !parts[1].trim().matches("q=0(\\.0*)?");
            }
        }
        return false;
    }
}

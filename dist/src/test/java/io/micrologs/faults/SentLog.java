package io.micrologs.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The client's own file: a line for each request that ended, "status kind id,id …", status 0 for one without an answer. An
 * event counts as acknowledged when its line is forced to disk. One thread of its own writes, many add.
 */
final class SentLog implements AutoCloseable {
    static final int ACCEPTED = 202;
    static final int SENT_ON = 302;

    private record Line(int status, List<Event> events, CountDownLatch written) {}

    private final Path file;
    private final FileChannel channel;
    private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();
    private final Thread writer = new Thread(this::write, "sent-log");
    private volatile boolean broken;

    SentLog(Path file) {
        this.file = file;
        try {
            Files.createDirectories(file.getParent());
            channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        writer.setDaemon(true);
        writer.start();
    }

    void ended(Request request, int status) {
        lines.add(new Line(status, request.events(), new CountDownLatch(0)));
    }

    /** Returns when all that was added is on disk. */
    void force() {
        Line last = new Line(-1, List.of(), new CountDownLatch(1));
        lines.add(last);
        try {
            last.written.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (broken) {
            throw new IllegalStateException("the client's log could not be written");
        }
    }

    private void write() {
        List<Line> round = new ArrayList<>();
        try {
            while (true) {
                round.clear();
                round.add(lines.take());
                lines.drainTo(round);
                append(round);
                for (Line line : round) {
                    if (line.status == ACCEPTED || line.status == SENT_ON) {
                        line.events.forEach(event -> event.acknowledged.incrementAndGet());
                    }
                }
                round.forEach(line -> line.written.countDown());
            }
        } catch (IOException e) {
            broken = true;
            round.forEach(line -> line.written.countDown());
        } catch (InterruptedException e) {
            // close() does that.
        }
    }

    private void append(List<Line> round) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Line line : round) {
            if (line.status >= 0) {
                text.append(line.status)
                        .append(' ')
                        .append(line.events.get(0).kind)
                        .append(' ');
                line.events.forEach(event -> text.append(event.id).append(','));
                text.append('\n');
            }
        }
        ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(false);
    }

    /** How often each event was acknowledged, by the file alone. */
    Map<String, Integer> acknowledged() {
        force();
        Map<String, Integer> times = new HashMap<>();
        try (var read = Files.lines(file, StandardCharsets.US_ASCII)) {
            read.map(line -> line.split(" ", 3))
                    .filter(parts -> parts[0].equals("" + ACCEPTED) || parts[0].equals("" + SENT_ON))
                    .forEach(parts -> List.of(parts[2].split(",")).forEach(id -> times.merge(id, 1, Integer::sum)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return times;
    }

    @Override
    public void close() {
        writer.interrupt();
        try {
            writer.join();
            channel.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.micrologs.server;

import io.micrologs.loader.ProgressListener;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Tells how far a command is: on a terminal in one line that is written over, elsewhere in a line for each step. It goes to
 * standard error, so that what a command says can be piped. Single-threaded.
 */
final class ProgressBar implements ProgressListener, AutoCloseable {

    private static final int WIDTH = 30;
    private static final long DRAW_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final PrintStream out;
    private final boolean terminal;
    private String step = "";
    private int drawn;
    private long drawnNanos = System.nanoTime() - DRAW_EVERY_NANOS;

    private ProgressBar(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    static ProgressBar open() {
        return new ProgressBar(System.err, isTerminal());
    }

    static ProgressBar to(PrintStream out, boolean terminal) {
        return new ProgressBar(out, terminal);
    }

    /** What a JVM says of its console depends on its version and on standard input. */
    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | RuntimeException e) {
            return System.console() != null;
        }
    }

    @Override
    public void at(String now, long done, long total) {
        String name = now.replaceAll(", \\d+ rows$", "");
        boolean another = !name.equals(step);
        step = name;
        if (!terminal) {
            if (another) {
                out.println(name);
            }
            return;
        }
        boolean whole = total > 0 && done >= total;
        if (another || whole || System.nanoTime() - drawnNanos >= DRAW_EVERY_NANOS) {
            drawnNanos = System.nanoTime();
            draw(line(now, done, total));
        }
    }

    private static String line(String now, long done, long total) {
        if (total <= 0) {
            return now + (done > 0 ? " " + done : "");
        }
        long within = Math.max(0, Math.min(done, total));
        int filled = (int) (within * WIDTH / total);
        return "[" + "#".repeat(filled) + "-".repeat(WIDTH - filled) + "] " + within * 100 / total + "% " + now;
    }

    private void draw(String line) {
        out.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
        out.flush();
        drawn = line.length();
    }

    /** Ends the line. */
    @Override
    public void close() {
        if (terminal && drawn > 0) {
            out.println();
            drawn = 0;
        }
    }
}

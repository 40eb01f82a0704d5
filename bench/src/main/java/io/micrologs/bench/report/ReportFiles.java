package io.micrologs.bench.report;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every benchmark that say where its report goes besides the terminal. */
public final class ReportFiles {
    @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures to this file.")
    private @Nullable Path json;

    @Option(names = "--svg", paramLabel = "FILE", description = "Also draw them into this file.")
    private @Nullable Path svg;

    /**
     * Before a long run, so that its figures do not end nowhere.
     *
     * @throws IOException when a file cannot be written; the message is for the operator
     */
    public void check() throws IOException {
        check("--json", json);
        check("--svg", svg);
    }

    private static void check(String option, @Nullable Path file) throws IOException {
        if (file != null) {
            Path directory = file.toAbsolutePath().getParent();
            if (directory == null || !Files.isDirectory(directory)) {
                throw new IOException(option + " " + file + ": there is no directory " + directory);
            }
            if (Files.isDirectory(file) || !Files.isWritable(Files.exists(file) ? file : directory)) {
                throw new IOException(option + " " + file + " cannot be written");
            }
        }
    }

    /** Prints the report and writes the files that were asked for. */
    public void give(Report report, PrintWriter out) throws IOException {
        report.print(out);
        if (json != null) {
            report.writeJson(json);
        }
        if (svg != null) {
            report.writeSvg(svg);
        }
    }
}

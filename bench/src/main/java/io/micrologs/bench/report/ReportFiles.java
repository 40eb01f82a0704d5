package io.micrologs.bench.report;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every benchmark that say where its report goes besides the terminal. */
public final class ReportFiles {
    @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures to this file.")
    private @Nullable Path json;

    @Option(names = "--svg", paramLabel = "FILE", description = "Also draw them into this file.")
    private @Nullable Path svg;

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

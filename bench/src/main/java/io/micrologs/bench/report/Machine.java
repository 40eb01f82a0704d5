package io.micrologs.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where figures were measured; without it they mean nothing. */
public record Machine(int cores, String processor, double memoryGiB, String kernel, String jdk) {

    public static Machine here() {
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                first("model name\\s*:\\s*(.+)", "/proc/cpuinfo", System.getProperty("os.arch")),
                Double.parseDouble(first("MemTotal:\\s*(\\d+)", "/proc/meminfo", "0")) / (1 << 20),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
    }

    private static String first(String pattern, String file, String otherwise) {
        try {
            Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(Path.of(file)));
            return matcher.find() ? matcher.group(1).trim() : otherwise;
        } catch (IOException e) {
            return otherwise;
        }
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%d × %s, %.1f GiB, %s", cores, processor, memoryGiB, kernel);
    }
}

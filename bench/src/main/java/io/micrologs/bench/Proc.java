package io.micrologs.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Processor time and memory as Linux counts them, in {@code /proc}; empty or 0 where there is none. See proc(5). */
final class Proc {
    /** USER_HZ is 100 on every Linux that Java 17 runs on. */
    private static final double SECONDS_PER_TICK = 0.01;

    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s*(\\d+) kB");

    private Proc() {}

    /** Seconds that the process has used so far, of all its threads, the ended ones too. */
    static double cpuSeconds(long pid) {
        return ticks(Path.of("/proc/" + pid + "/stat")) * SECONDS_PER_TICK;
    }

    /** The same for the processes that it started, and theirs: the embedded database. */
    static double descendantsCpuSeconds(long pid) {
        return ProcessHandle.of(pid).stream()
                .flatMap(ProcessHandle::descendants)
                .mapToDouble(child -> cpuSeconds(child.pid()))
                .sum();
    }

    /** Seconds by thread name without its number, of the threads alive. */
    static Map<String, Double> cpuSecondsByThread(long pid) {
        Map<String, Double> seconds = new TreeMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads) {
                String stat = read(thread.resolve("stat"));
                int open = stat.indexOf('(');
                int close = stat.lastIndexOf(')');
                if (open >= 0 && close > open) {
                    String name = stat.substring(open + 1, close).replaceAll("[-#\\s]*[0-9][-#0-9]*$", "");
                    seconds.merge(name, ticks(stat) * SECONDS_PER_TICK, Double::sum);
                }
            }
        } catch (IOException e) {
            return Map.of();
        }
        return seconds;
    }

    /** Of the whole machine: {busy, all} seconds since boot, summed over the cores. */
    static double[] machineSeconds() {
        String[] fields = read(Path.of("/proc/stat")).split("\n", 2)[0].trim().split("\\s+");
        double all = 0;
        double idle = 0;
        for (int i = 1; i < Math.min(fields.length, 9); i++) {
            double seconds = Long.parseLong(fields[i]) * SECONDS_PER_TICK;
            all += seconds;
            idle += i == 4 || i == 5 ? seconds : 0;
        }
        return new double[] {all - idle, all};
    }

    /** The most memory that the process has had resident so far, in bytes; see VmHWM in proc(5). */
    static long peakResidentBytes(long pid) {
        Matcher peak = PEAK.matcher(read(Path.of("/proc/" + pid + "/status")));
        return peak.find() ? Long.parseLong(peak.group(1)) << 10 : 0;
    }

    /** The same of the processes that it started, and theirs, added up. */
    static long descendantsPeakResidentBytes(long pid) {
        return ProcessHandle.of(pid).stream()
                .flatMap(ProcessHandle::descendants)
                .mapToLong(child -> peakResidentBytes(child.pid()))
                .sum();
    }

    static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private static long ticks(Path stat) {
        return ticks(read(stat));
    }

    /** utime + stime, fields 14 and 15; the name before them may contain anything, so they count from its end. */
    private static long ticks(String stat) {
        int close = stat.lastIndexOf(')');
        if (close < 0) {
            return 0;
        }
        String[] fields = stat.substring(close + 2).split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }
}

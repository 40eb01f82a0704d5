package io.micrologs.bench;

import java.util.Map;
import java.util.TreeMap;

/**
 * One leg with what it cost.
 *
 * @param targetCpu seconds that the target's process used, 0 when its process is not known
 * @param threadsCpu of these, seconds by thread name
 * @param machineBusy share (0..1) of all cores' time that was not idle
 * @param othersBusy share of it that neither the target and what it started used, nor this process; 0 when the target's
 *     process is not known
 */
record Measured(Leg leg, double targetCpu, Map<String, Double> threadsCpu, double machineBusy, double othersBusy) {

    /** Reads the counters when it is made; {@link #after} gives the difference. */
    static final class Meter {
        private final long pid;
        private final double cpu;
        private final Map<String, Double> threads;
        private final double ours;
        private final double[] machine;

        Meter(long pid) {
            this.pid = pid;
            this.threads = pid > 0 ? Proc.cpuSecondsByThread(pid) : Map.of();
            this.cpu = pid > 0 ? Proc.cpuSeconds(pid) : 0;
            this.ours = ours();
            this.machine = Proc.machineSeconds();
        }

        Measured after(Leg leg) {
            double[] now = Proc.machineSeconds();
            double used = pid > 0 ? Proc.cpuSeconds(pid) - cpu : 0;
            Map<String, Double> by = new TreeMap<>(pid > 0 ? Proc.cpuSecondsByThread(pid) : Map.of());
            by.replaceAll((name, seconds) -> seconds - threads.getOrDefault(name, 0.0));
            double all = now[1] - machine[1];
            double busy = now[0] - machine[0];
            double others = pid > 0 ? Math.max(0, busy - (ours() - ours)) : 0;
            return new Measured(leg, used, by, all > 0 ? busy / all : 0, all > 0 ? others / all : 0);
        }

        private double ours() {
            return pid <= 0
                    ? 0
                    : Proc.cpuSeconds(pid)
                            + Proc.descendantsCpuSeconds(pid)
                            + Proc.cpuSeconds(ProcessHandle.current().pid());
        }
    }

    double cpuMicrosEach() {
        return leg.accepted() == 0 ? 0 : targetCpu * 1e6 / leg.accepted();
    }

    /** How busy the busiest generator thread was, 0..1. */
    double generatorBusy() {
        return (double) leg.generatorNanos() / leg.nanos();
    }

    /** The generator had no time left although the machine had: then its rate is the generator's, not the target's. */
    boolean generatorIsLimit() {
        return generatorBusy() > 0.95 && machineBusy < 0.95;
    }
}

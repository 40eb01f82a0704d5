package io.micrologs.faults;

import java.util.Random;

/**
 * How often a fault is tried, and by which seed: {@code faults.trials} (a few in every build, 200 under the profile
 * {@code faults}) and {@code faults.seed} (random, and said when something fails).
 */
final class Trials {
    private static final int FEW = 5;

    private final Class<?> suite;
    private final long seed;

    Trials(Class<?> suite) {
        this.suite = suite;
        this.seed = Long.getLong("faults.seed", System.nanoTime() & 0xffff_ffffL);
    }

    /** @param random of this trial alone, so that it is the same whatever the others did */
    @FunctionalInterface
    interface Trial {
        void run(int number, Random random) throws Exception;
    }

    static int count() {
        return Integer.getInteger("faults.trials", FEW);
    }

    /** For what is dearer or rarer. */
    static int countOfTenth() {
        return Math.max(1, count() / 10);
    }

    /** The long run, in which times are promises; in a build beside others they are only looked at. */
    static boolean isLong() {
        return count() > FEW;
    }

    long seed() {
        return seed;
    }

    void run(String fault, int trials, Trial trial) {
        for (int number = 1; number <= trials; number++) {
            try {
                trial.run(number, new Random(seed ^ (31L * fault.hashCode() + number) * 0x9e37_79b9_7f4a_7c15L));
            } catch (Exception | AssertionError e) {
                AssertionError failure = new AssertionError(fault + ", trial " + number + " of " + trials + ", seed "
                        + seed + "; again by: " + command() + "\n" + e.getMessage());
                failure.setStackTrace(e.getStackTrace());
                throw failure;
            }
        }
    }

    /** What repeats the run. The moments are the same; what the machine does at them never quite is. */
    String command() {
        return "mvn verify -pl dist -am -Dtest=NothingOfSurefire -Dsurefire.failIfNoSpecifiedTests=false -Dit.test="
                + suite.getSimpleName() + " -Dfailsafe.failIfNoSpecifiedTests=false -Dfaults.trials=" + count()
                + " -Dfaults.seed=" + seed;
    }
}

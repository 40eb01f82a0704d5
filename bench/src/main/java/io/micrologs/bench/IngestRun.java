package io.micrologs.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The legs of one {@code bench ingest}, in turn against the server and the bare responder, and the check that each
 * accepted event was counted. Single-threaded, but for the generator's threads within a leg.
 */
final class IngestRun {
    /** More visitors than these are estimated. */
    private static final long EXACT_VISITORS_MAX = 16_384;

    /*
     * Between a leg against the server and the next against the bare responder the journal is loaded to its end: a
     * loader still at work would take processor time from the ceiling and flatter the ratio.
     *
     * Whether X-Forwarded-For is heeded cannot be seen in an answer. It shows in what is stored: two visitors with one
     * fingerprint are one visitor when they come from one address. So the first two pageviews, which also tell what an
     * answer looks like, are such a pair from two addresses, and both have to be counted as visitors.
     */
    private static final double OTHERS_BUSY_MAX = 0.1;

    /** How long nothing may wait to be loaded before that is believed. */
    private static final long REST_NANOS = 3_000_000_000L;

    private final IngestPlan plan;
    private final Duration stallMax;
    private final PrintWriter out;
    private final ServerApi api;
    private final long run = Workload.newRun();
    private final List<String> warnings = new ArrayList<>();
    private final List<Workload> workloads = new ArrayList<>();
    private final List<Workload> bareWorkloads = new ArrayList<>();
    private final List<Workload> batchWorkloads = new ArrayList<>();
    private byte[] answer = new byte[0];
    private boolean drains;
    private long stored;
    private long accepted;

    /** @param stallMax how long the loader may make no progress before the run is given up */
    IngestRun(IngestPlan plan, Duration stallMax, PrintWriter out) {
        this.plan = plan;
        this.stallMax = stallMax;
        this.out = out;
        this.api = new ServerApi(plan.url(), plan.secretKey());
        for (int i = 0; i < plan.threads(); i++) {
            workloads.add(workload(run + i));
            bareWorkloads.add(workload(run + plan.threads() + i));
            String secret = plan.secretKey();
            if (plan.batch() > 0 && secret != null) {
                long batchRun = Workload.mix(run + 2L * plan.threads() + i);
                batchWorkloads.add(Workload.batches(api.hostHeader(), plan.domain(), secret, batchRun, plan.batch()));
            }
        }
    }

    private Workload workload(long run) {
        return new Workload(api.hostHeader(), plan.domain(), plan.publicKey(), Workload.mix(run));
    }

    /** @throws BenchException when the run is void */
    IngestReport measure() throws IOException {
        begin();
        List<Round> rounds = new ArrayList<>();
        String java = plan.pid() > 0
                ? javaOf(plan.pid())
                : javaOf(ProcessHandle.current().pid());
        ExecutorService threads = Executors.newFixedThreadPool(plan.threads());
        try (BareProcess bare = BareProcess.start(java, answer)) {
            if (plan.warmupSeconds() > 0) {
                say("warming up");
                leg(threads, api.address(), plan.pid(), plan.warmupSeconds(), workloads, 0);
                waitDrained();
                if (!batchWorkloads.isEmpty()) {
                    leg(threads, api.address(), plan.pid(), Math.min(2, plan.warmupSeconds()), batchWorkloads, 0);
                    waitDrained();
                }
                leg(threads, bare.address(), bare.pid(), plan.warmupSeconds(), bareWorkloads, 0);
            }
            for (int i = 1; i <= plan.rounds(); i++) {
                Round round = round(threads, bare);
                rounds.add(round);
                say(String.format(
                        Locale.ROOT,
                        "round %d of %d: %,.0f accepted/s, bare responder %,.0f/s, ratio %.2f",
                        i,
                        plan.rounds(),
                        round.server().leg().rate(),
                        round.bare().leg().rate(),
                        round.ratio()));
            }
        } finally {
            threads.shutdownNow();
        }
        return new IngestReport(plan, java, rounds, workloads, accepted, drains && api.canTotal(), warnings);
    }

    private void begin() {
        drains = plan.waitDrained() && api.hasLoader();
        if (drains && api.canTotal()) {
            waitUntilLoaded(-1);
            stored = api.totals().pageviews();
        } else {
            warnings.add("not verified that each accepted event is stored: "
                    + (!plan.waitDrained()
                            ? "--no-wait-drained"
                            : drains ? "no secret key" : "this server does not load"));
        }
        long visitors = drains && api.canTotal() ? api.totals().visitors() : 0;
        String name = Long.toHexString(run);
        answer = api.pageview(plan.domain(), plan.publicKey(), name + "-a", name, "128.101.101.8");
        api.pageview(plan.domain(), plan.publicKey(), name + "-b", name, "129.101.101.8");
        accepted = 2;
        waitDrained();
        if (!drains || !api.canTotal()) {
            warnings.add("not checked that the server heeds X-Forwarded-For: it needs trusted.proxies=127.0.0.1/32");
        } else if (visitors + 2 > EXACT_VISITORS_MAX) {
            warnings.add("not checked that the server heeds X-Forwarded-For: it has too many visitors to notice two");
        } else if (api.totals().visitors() != visitors + 2) {
            throw new BenchException("two visitors from two addresses were counted as "
                    + (api.totals().visitors() - visitors)
                    + ": start the server with trusted.proxies=127.0.0.1/32, and let nobody else use it meanwhile");
        }
    }

    private Round round(ExecutorService threads, BareProcess bare) throws IOException {
        double cpu = plan.pid() > 0 ? Proc.cpuSeconds(plan.pid()) : 0;
        double children = plan.pid() > 0 ? Proc.descendantsCpuSeconds(plan.pid()) : 0;
        long start = System.nanoTime();
        Measured server = leg(threads, api.address(), plan.pid(), plan.seconds(), workloads, 0);
        long lag = drains ? api.lagEvents().orElse(-1) : -1;
        long drainedAt = waitDrained();
        double cpuDrained = plan.pid() > 0 ? Proc.cpuSeconds(plan.pid()) - cpu : 0;
        double childrenDrained = plan.pid() > 0 ? Proc.descendantsCpuSeconds(plan.pid()) - children : 0;
        Measured steady = null;
        if (plan.openLoopPercent() > 0) {
            double rate = server.leg().rate() * plan.openLoopPercent() / 100;
            steady = leg(threads, api.address(), plan.pid(), plan.seconds(), workloads, rate);
            waitDrained();
        }
        Measured batches = null;
        if (!batchWorkloads.isEmpty()) {
            batches = leg(threads, api.address(), plan.pid(), plan.seconds(), batchWorkloads, 0);
            waitDrained();
        }
        Measured ceiling = leg(threads, bare.address(), bare.pid(), plan.seconds(), bareWorkloads, 0);
        if (server.generatorIsLimit() || ceiling.generatorIsLimit()) {
            warn(
                    "the generator is the limit in some leg: it was busy all the time and the machine was not; try --threads "
                            + (plan.threads() + 1));
        }
        double others = Math.max(server.othersBusy(), ceiling.othersBusy());
        if (others > OTHERS_BUSY_MAX) {
            warn(String.format(
                    Locale.ROOT,
                    "something else took up to %.0f %% of the machine: these figures are too low",
                    100 * others));
        }
        if (ceiling.leg().rate() <= server.leg().rate()) {
            warn("the bare responder was no faster than the server: neither was at its limit");
        }
        return new Round(
                server,
                lag,
                drains ? (drainedAt - start) / 1e9 : 0,
                drains ? cpuDrained : 0,
                childrenDrained,
                steady,
                batches,
                ceiling);
    }

    private void warn(String warning) {
        if (warnings.stream().noneMatch(known -> known.substring(0, 15).equals(warning.substring(0, 15)))) {
            warnings.add(warning);
        }
    }

    /**
     * @param requests of each generator thread
     * @param perSecond of all threads together; 0 for as fast as answers come
     */
    private Measured leg(
            ExecutorService threads,
            InetSocketAddress target,
            long pid,
            int seconds,
            List<Workload> requests,
            double perSecond)
            throws IOException {
        boolean counts = requests != bareWorkloads;
        long nanos = seconds * 1_000_000_000L;
        List<Future<Leg>> parts = new ArrayList<>();
        Measured.Meter meter = new Measured.Meter(pid);
        for (int i = 0; i < plan.threads(); i++) {
            Generator generator = new Generator(target, requests.get(i));
            int connections = plan.connections() / plan.threads() + (i < plan.connections() % plan.threads() ? 1 : 0);
            parts.add(threads.submit(() -> perSecond == 0
                    ? generator.run(connections, nanos)
                    : generator.run(connections, nanos, perSecond / plan.threads())));
        }
        Leg sum = null;
        for (Future<Leg> part : parts) {
            sum = sum == null ? get(part) : sum.plus(get(part));
        }
        if (sum == null) {
            throw new IllegalStateException("no generator threads");
        }
        if (!sum.clean()) {
            throw new BenchException(String.format(
                    Locale.ROOT,
                    "%,d answers 202, %,d others, %,d without one %s; the first: %s",
                    sum.accepted(),
                    sum.others(),
                    sum.failed(),
                    counts ? "from the server" : "from the bare responder",
                    sum.trouble()));
        }
        if (counts) {
            accepted += sum.accepted() * requests.get(0).eventsEach();
        }
        return meter.after(sum);
    }

    private static Leg get(Future<Leg> part) throws IOException {
        try {
            return part.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw new BenchException("cannot connect: " + io.getMessage(), io);
            }
            throw new IllegalStateException("a generator thread failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }

    /** Returns when the lag was first seen at zero (nanoTime), after the totals agreed; at once when nothing loads. */
    private long waitDrained() {
        return drains ? waitUntilLoaded(api.canTotal() ? stored + accepted : -1) : System.nanoTime();
    }

    /** @param total the pageviews that have to be counted then; -1: no matter */
    private long waitUntilLoaded(long total) {
        long zeroAt = 0;
        long lastSeen = Long.MIN_VALUE;
        long progressAt = System.nanoTime();
        while (true) {
            OptionalLong lag = api.lagEvents();
            long now = System.nanoTime();
            long seen = lag.orElse(0);
            if (seen != 0) {
                zeroAt = 0;
            } else {
                zeroAt = zeroAt == 0 ? now : zeroAt;
                if (total >= 0) {
                    long counted = api.totals().pageviews();
                    if (counted == total) {
                        return zeroAt;
                    }
                    if (counted > total) {
                        throw new BenchException("more pageviews are counted than accepted: " + (counted - total)
                                + " too many; does somebody else use the server?");
                    }
                    seen = counted - total;
                } else if (now - zeroAt > Math.min(REST_NANOS, stallMax.toNanos())) {
                    // Lag is sampled by the server a few times a second: one zero may be an old one. Counters follow
                    // within a second or two.
                    return zeroAt;
                }
            }
            if (seen != lastSeen) {
                lastSeen = seen;
                progressAt = now;
            } else if (seen != 0 && now - progressAt > stallMax.toNanos()) {
                throw new BenchException("not drained: " + Math.abs(seen) + " accepted events are not counted, and for "
                        + stallMax.toSeconds() + " s nothing changed");
            }
            Pause.ms(100);
        }
    }

    private static String javaOf(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().command())
                .filter(command -> command.endsWith("/java"))
                .orElse(System.getProperty("java.home") + "/bin/java");
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}

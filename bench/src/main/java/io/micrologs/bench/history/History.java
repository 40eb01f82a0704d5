package io.micrologs.bench.history;

import io.micrologs.journal.Envelope;
import io.micrologs.journal.Event;
import io.micrologs.journal.Pageview;
import io.micrologs.journal.Place;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The events of a site over months, one after another. Single-threaded: whoever calls {@link #next}. */
public final class History {
    /*
     * Time comes first: Rhythm says when each of the planned events is due, so that their number, and that of the last 30
     * days, is exact. Each of these moments is then given to somebody: to the visit whose next page has been due longest,
     * which has it at the time when it wanted it; if none is due, to a visit that begins. So as many visits are under way
     * as the traffic needs, times never go back, and pauses are those of people, however few events there are.
     *
     * Memory: the visits under way (some thousands at 50 million events in a year), the texts of the site, an entry for
     * each hour. Visitors are numbers, and what they have of their own follows from the number.
     *
     * All randomness is one SplittableRandom and mixes of the seed, whose algorithms Java's documentation fixes; logarithms and
     * powers are StrictMath's, which are the same on every machine.
     */

    /** More than half of the visits see a second page. */
    private static final double BOUNCES_PART = 0.45;

    private static final double GOES_ON = 0.7;
    private static final int VIEWS_MAX = 60;

    private static final double ERRORS_PART = 0.010;
    private static final double AUDITS_PART = 0.005;
    private static final double CLICKS_PART = 0.005;
    private static final double RELOADS_PART = 0.012;
    private static final double CAMPAIGNS_PART = 0.08;

    private static final double LONG_PAUSES_PART = 0.15;
    private static final double PAUSE_MS = 45_000;
    private static final double LONG_PAUSE_MS = 300_000;
    private static final long PAUSE_MS_MIN = 2_000;
    /** Below the half hour after which a browser begins another visit. */
    private static final long PAUSE_MS_MAX = 1_500_000;

    private static final long VISITOR = 0x7151_7042L;
    private static final long SESSION = 0x5E55_1042L;
    private static final long EVENT = 0xE7E7_4242L;
    private static final long FINGERPRINT = 0xF17E_4242L;

    private static final Comparator<Visit> BY_TIME =
            Comparator.<Visit>comparingLong(visit -> visit.dueMs).thenComparingLong(visit -> visit.sessionToken);

    private final HistoryPlan plan;
    private final int projectId;
    private final SplittableRandom random;
    private final Rhythm rhythm;
    private final Pages pages;
    private final Referrers referrers = new Referrers();
    private final Visitors visitors;
    private final OtherEvents others;
    /** Those under way, by when their next page is due. */
    private final PriorityQueue<Visit> visits = new PriorityQueue<>(BY_TIME);

    private int visitsMax;
    private long made;
    private long sessions;
    private long lastMs;
    private @Nullable Envelope envelope;
    private @Nullable Event event;

    public History(HistoryPlan plan, Site site) {
        this.plan = plan;
        projectId = site.projectId();
        random = new SplittableRandom(Mix.of(plan.seed()));
        rhythm = new Rhythm(plan);
        pages = new Pages(site.domain(), plan.urls());
        visitors = new Visitors(plan);
        others = new OtherEvents(site.links());
    }

    /** Makes the next event; false when there are no more. */
    public boolean next() {
        if (made == plan.events()) {
            return false;
        }
        long atMs = rhythm.next(random);
        double kind = random.nextDouble();
        if (kind < AUDITS_PART) {
            audit(atMs);
        } else if (kind < AUDITS_PART + CLICKS_PART && others.hasLinks()) {
            click(atMs);
        } else if (!isAnybodyDue(atMs)) {
            begin(atMs);
        } else {
            goOn();
        }
        made++;
        return true;
    }

    /** Of the event just made. */
    public Envelope envelope() {
        return there(envelope);
    }

    public Event event() {
        return there(event);
    }

    /** When the event just made was received, milliseconds since 1970 UTC; never before the one before it. */
    public long receivedMs() {
        return lastMs;
    }

    /** Events so far. */
    public long made() {
        return made;
    }

    /** Visits so far. */
    public long sessions() {
        return sessions;
    }

    /** Different visitors so far. */
    public int visitors() {
        return visitors.introduced();
    }

    /** Visits under way at once, at most. */
    int visitsMax() {
        return visitsMax;
    }

    private boolean isAnybodyDue(long atMs) {
        Visit first = visits.peek();
        return first != null && first.dueMs <= atMs;
    }

    private static <T> T there(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("next() comes first");
        }
        return value;
    }

    private void begin(long atMs) {
        boolean newcomer = visitors.isNewcomerDue(made);
        int visitor = newcomer ? visitors.newcomer() : visitors.returning(random);
        Visit visit = new Visit(visitor, id(SESSION, sessions++), views());
        visit.newcomer = newcomer;
        boolean campaign = random.nextDouble() < CAMPAIGNS_PART;
        visit.referrer = referrers.draw(random);
        visit.view(campaign ? pages.drawLanding(random) : pages.draw(random));
        viewed(visit, atMs);
    }

    private int views() {
        if (random.nextDouble() < BOUNCES_PART) {
            return 1;
        }
        int views = 2;
        while (views < VIEWS_MAX && random.nextDouble() < GOES_ON) {
            views++;
        }
        return views;
    }

    private void goOn() {
        Visit visit = visits.remove();
        long atMs = Math.max(lastMs, visit.dueMs);
        double what = random.nextDouble();
        if (what < ERRORS_PART) {
            set(envelope(visit, atMs), others.error(random, pages.url(visit.page)), atMs);
            later(visit, atMs);
            return;
        }
        visit.referrer = pages.url(visit.page);
        visit.newcomer = false;
        int page = visit.page;
        if (what > ERRORS_PART + RELOADS_PART) {
            do {
                page = pages.draw(random);
            } while (visit.hasSeen(page));
        }
        visit.view(page);
        viewed(visit, atMs);
    }

    private void viewed(Visit visit, long atMs) {
        Pageview view = new Pageview(
                pages.url(visit.page),
                pages.title(visit.page),
                visit.referrer,
                visit.newcomer ? id(FINGERPRINT, visit.visitor) : 0,
                visitors.screen(visit.visitor),
                visitors.country(visit.visitor).timeZone());
        set(envelope(visit, atMs), view, atMs);
        if (visit.left > 0) {
            later(visit, atMs);
        }
    }

    private void later(Visit visit, long atMs) {
        double mean = random.nextDouble() < LONG_PAUSES_PART ? LONG_PAUSE_MS : PAUSE_MS;
        long pauseMs = PAUSE_MS_MIN + (long) (-mean * StrictMath.log(1 - random.nextDouble()));
        visit.dueMs = atMs + Math.min(PAUSE_MS_MAX, pauseMs);
        visits.add(visit);
        visitsMax = Math.max(visitsMax, visits.size());
    }

    private void audit(long atMs) {
        set(alone(atMs, "node", Place.UNKNOWN), others.audit(random), atMs);
    }

    private void click(long atMs) {
        int client = random.nextInt(Math.max(1, visitors.introduced()));
        set(
                alone(atMs, visitors.agent(client), visitors.place(client)),
                others.click(random, referrers.draw(random)),
                atMs);
    }

    private Envelope envelope(Visit visit, long atMs) {
        int visitor = visit.visitor;
        return new Envelope(
                projectId,
                id(EVENT, made),
                true,
                atMs,
                0,
                id(VISITOR, visitor),
                visit.sessionToken,
                visitors.agent(visitor),
                visitors.country(visitor).language(),
                visitors.place(visitor),
                false,
                0);
    }

    /** Of what is no part of a visit. */
    private Envelope alone(long atMs, String agent, Place place) {
        return new Envelope(projectId, id(EVENT, made), false, atMs, 0, 0, 0, agent, null, place, false, 0);
    }

    private void set(Envelope itsEnvelope, Event itsEvent, long atMs) {
        envelope = itsEnvelope;
        event = itsEvent;
        lastMs = atMs;
    }

    private long id(long kind, long number) {
        return Mix.id(Mix.of(plan.seed() ^ kind) + number);
    }
}

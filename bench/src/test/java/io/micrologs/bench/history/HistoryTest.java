package io.micrologs.bench.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.micrologs.journal.AuditEvent;
import io.micrologs.journal.Envelope;
import io.micrologs.journal.ErrorEvent;
import io.micrologs.journal.Event;
import io.micrologs.journal.LinkClick;
import io.micrologs.journal.Pageview;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final LocalDate UNTIL = LocalDate.parse("2026-11-01");
    private static final long RECENT_MS =
            UNTIL.minusDays(30).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    private static final long START_MS =
            UNTIL.minusMonths(12).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();

    private static final Site SITE = new Site(1, List.of(7, 8, 9), "shop.example.com");

    private record Made(Envelope envelope, Event event) {
        long ms() {
            return envelope.receivedMs();
        }
    }

    private static HistoryPlan plan(long seed, long events) {
        return plan(seed, events, UNTIL.minusMonths(12));
    }

    private static HistoryPlan plan(long seed, long events, LocalDate from) {
        return new HistoryPlan(seed, events, (int) (events / 25), 5_000, from, UNTIL, 0.4);
    }

    private static List<Made> all(HistoryPlan plan) {
        return all(new History(plan, SITE));
    }

    private static List<Made> all(History history) {
        List<Made> all = new ArrayList<>();
        while (history.next()) {
            assertThat(history.receivedMs()).isEqualTo(history.envelope().receivedMs());
            all.add(new Made(history.envelope(), history.event()));
        }
        return all;
    }

    @Test
    void samePlan_sameEventsToTheLast() {
        assertThat(all(plan(5, 20_000))).isEqualTo(all(plan(5, 20_000)));
    }

    @Test
    void otherSeed_sharesNoIds() {
        Set<Long> ids = new HashSet<>();
        for (long seed : new long[] {5, 6}) {
            for (Made made : all(plan(seed, 10_000))) {
                assertThat(ids.add(made.envelope().eventId())).isTrue();
            }
        }
    }

    @Test
    void times_neverGoBackAndLieInThePlannedDays() {
        long last = START_MS;
        for (Made made : all(plan(1, 50_000))) {
            assertThat(made.ms()).isGreaterThanOrEqualTo(last);
            last = made.ms();
        }
        assertThat(last)
                .isLessThan(UNTIL.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli());
    }

    @Test
    void countsOfEventsRecentEventsAndVisitors_areThoseOfThePlan() {
        HistoryPlan plan = plan(1, 200_000);
        History history = new History(plan, SITE);
        Set<Long> visitors = new HashSet<>();
        Set<String> urls = new HashSet<>();
        long recent = 0;
        long made = 0;
        while (history.next()) {
            made++;
            recent += history.receivedMs() >= RECENT_MS ? 1 : 0;
            if (history.event() instanceof Pageview view) {
                visitors.add(history.envelope().visitorId());
                urls.add(view.url());
            }
        }
        assertThat(made).isEqualTo(200_000);
        // A visit that goes on may have its page a pause earlier than the moment that it was given.
        assertThat(recent).isCloseTo(80_000, within(100L));
        assertThat(history.visitors()).isEqualTo(8_000);
        assertThat(visitors).hasSize(8_000);
        assertThat(urls.size()).isBetween(4_500, 5_000);
    }

    @Test
    void kinds_arePageviewsAndSomeOthers() {
        Map<Class<?>, Integer> kinds = new HashMap<>();
        List<Made> all = all(plan(1, 100_000));
        all.forEach(made -> kinds.merge(made.event().getClass(), 1, Integer::sum));
        assertThat(kinds.get(Pageview.class)).isBetween(97_500, 99_000);
        assertThat(kinds.get(ErrorEvent.class)).isBetween(400, 900);
        assertThat(kinds.get(AuditEvent.class)).isBetween(400, 600);
        assertThat(kinds.get(LinkClick.class)).isBetween(400, 600);
    }

    @Test
    void withoutLinks_nobodyClicks() {
        History none = new History(plan(1, 20_000), new Site(1, List.of(), "shop.example.com"));
        assertThat(all(none)).noneMatch(made -> made.event() instanceof LinkClick);
    }

    @Test
    void pages_countriesAndReferrersAreSkewed() {
        Map<String, Integer> urls = new HashMap<>();
        Map<String, Integer> countries = new HashMap<>();
        Map<String, Integer> referrers = new HashMap<>();
        int views = 0;
        for (Made made : all(plan(1, 200_000))) {
            if (made.event() instanceof Pageview view) {
                views++;
                urls.merge(view.url(), 1, Integer::sum);
                String country = made.envelope().place().countryCode();
                countries.merge(country == null ? "" : country, 1, Integer::sum);
                String referrer = view.referrer();
                if (referrer != null && !referrer.startsWith("https://shop.example.com/")) {
                    referrers.merge(referrer, 1, Integer::sum);
                }
            }
        }
        // Zipf over 4,500 pages: the first has 1 ÷ H(4500) = 11 %, half of the pages a tenth.
        assertThat(sorted(urls).get(0)).isBetween(views * 6 / 100, views * 14 / 100);
        assertThat(sorted(urls).subList(2_250, urls.size()).stream()
                        .mapToInt(n -> n)
                        .sum())
                .isLessThan(views / 6);
        assertThat(countries.get("DE")).isGreaterThan(countries.get("SE") * 5);
        assertThat(countries.size()).isGreaterThan(50);
        assertThat(referrers.get("https://www.google.com/"))
                .isGreaterThan(referrers.values().stream().mapToInt(n -> n).sum() / 3);
        assertThat(referrers.size()).isGreaterThan(500);
    }

    private static List<Integer> sorted(Map<String, Integer> counts) {
        return counts.values().stream().sorted((a, b) -> b - a).toList();
    }

    @Test
    void visits_haveSeveralPagesWithPausesBelowHalfAnHour() {
        Map<Long, List<Made>> visits = new HashMap<>();
        for (Made made : all(plan(1, 100_000))) {
            if (made.event() instanceof Pageview) {
                visits.computeIfAbsent(made.envelope().sessionToken(), token -> new ArrayList<>())
                        .add(made);
            }
        }
        long single =
                visits.values().stream().filter(views -> views.size() == 1).count();
        assertThat((double) single / visits.size()).isCloseTo(0.45, within(0.03));
        assertThat(98_500.0 / visits.size()).isBetween(2.3, 3.5);
        int pauses = 0;
        int longOnes = 0;
        for (List<Made> views : visits.values()) {
            for (int i = 1; i < views.size(); i++) {
                pauses++;
                longOnes += views.get(i).ms() - views.get(i - 1).ms() > 1_800_000 ? 1 : 0;
                assertThat(views.get(i).envelope().visitorId())
                        .isEqualTo(views.get(0).envelope().visitorId());
            }
        }
        // Those that are longer only wait for a moment of their own at night, when events are few.
        assertThat(longOnes).isLessThan(pauses / 500);
    }

    @Test
    void visitors_comeBackAndStayWhoTheyAre() {
        Map<Long, Set<Long>> visits = new HashMap<>();
        Map<Long, String> agents = new HashMap<>();
        Map<Long, Integer> fingerprints = new HashMap<>();
        for (Made made : all(plan(1, 100_000))) {
            if (made.event() instanceof Pageview view) {
                Envelope envelope = made.envelope();
                visits.computeIfAbsent(envelope.visitorId(), visitor -> new HashSet<>())
                        .add(envelope.sessionToken());
                String agent = envelope.userAgent() + envelope.place() + view.screen();
                assertThat(agents.merge(envelope.visitorId(), agent, (old, now) -> old))
                        .isEqualTo(agent);
                fingerprints.merge(envelope.visitorId(), view.fingerprintKey() == 0 ? 0 : 1, Integer::sum);
            }
        }
        long returned =
                visits.values().stream().filter(times -> times.size() > 1).count();
        assertThat(returned).isGreaterThan(visits.size() / 3);
        assertThat(fingerprints.values()).containsOnly(1);
    }

    @Test
    void traffic_followsDayAndWeek() {
        long[] hours = new long[24];
        Map<DayOfWeek, Long> days = new HashMap<>();
        for (Made made : all(plan(1, 200_000))) {
            var time = Instant.ofEpochMilli(made.ms()).atZone(ZoneOffset.UTC);
            hours[time.getHour()]++;
            days.merge(time.getDayOfWeek(), 1L, Long::sum);
        }
        assertThat(hours[15]).isGreaterThan(hours[3] * 2);
        assertThat(days.get(DayOfWeek.TUESDAY)).isGreaterThan(days.get(DayOfWeek.SATURDAY) * 11 / 10);
    }

    @Test
    void repeats_areFew() {
        Map<String, Long> last = new HashMap<>();
        int repeats = 0;
        for (Made made : all(plan(1, 100_000))) {
            if (made.event() instanceof Pageview view) {
                Long before = last.put(made.envelope().visitorId() + view.url(), made.ms());
                repeats += before != null && made.ms() - before < 300_000 ? 1 : 0;
            }
        }
        assertThat(repeats).isBetween(100, 2_000);
    }

    @Test
    void tenTimesTheTime_keepsNoMoreInMemory() {
        // The same traffic for one and for ten months: what is remembered are the visits under way.
        History month = new History(plan(1, 30_000, UNTIL.minusDays(30)), SITE);
        History year = new History(plan(1, 300_000, UNTIL.minusDays(300)), SITE);
        while (month.next()) {
            assertThat(month.made()).isPositive();
        }
        while (year.next()) {
            assertThat(year.made()).isPositive();
        }
        assertThat(month.visitsMax()).isBetween(3, 200);
        // Its last 30 days have four tenths of the events, so four times as many at once.
        assertThat(year.visitsMax()).isLessThan(month.visitsMax() * 8);
    }

    @Test
    void quarterOfTheEventsAsVisitors_allCome() {
        HistoryPlan most = new HistoryPlan(1, 4_000, 1_000, 20, UNTIL.minusMonths(1), UNTIL, 0.4);
        History history = new History(most, SITE);
        while (history.next()) {
            assertThat(history.visitors()).isPositive();
        }
        assertThat(history.visitors()).isEqualTo(1_000);
    }

    @Test
    void nonsense_isRefusedWithItsRange() {
        assertThatThrownBy(() -> plan(1, 99)).hasMessageContaining("events must be 100 to");
        assertThatThrownBy(() -> plan(1, 1_000, UNTIL)).hasMessageContaining("must begin before it ends");
        assertThatThrownBy(() -> new HistoryPlan(1, 1_000, 251, 100, UNTIL.minusDays(9), UNTIL, 0.4))
                .hasMessageContaining("a quarter of the events");
    }
}

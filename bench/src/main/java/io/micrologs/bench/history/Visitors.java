package io.micrologs.bench.history;

import io.micrologs.journal.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Who comes: what is always the same about a visitor follows from the visitor's number, so that nobody has to be
 * remembered. Single-threaded.
 */
final class Visitors {
    /** From the day of its start on, a site sees more newcomers than later, at first nobody else. */
    private static final double NEWCOMER_EXPONENT = 0.8;
    /** All have come by this part of the events. */
    private static final double ALL_BY = 0.98;
    /** Every 16th is a regular. */
    private static final int REGULAR_MASK = ~15;

    private static final double REGULARS_PART = 0.25;
    private static final long AGENT = 0xA6E7;
    private static final long COUNTRY = 0xC087;
    private static final long CITY = 0xC17;
    private static final long SCREEN = 0x5C2E;

    private final long seed;
    private final int count;
    private final double events;
    private final String[] agents = Agents.all();
    private final Skew agentSkew = Agents.skew();
    private final List<Country> countries = Country.all();
    private final Skew countrySkew;
    private int introduced;

    Visitors(HistoryPlan plan) {
        seed = plan.seed();
        count = plan.visitors();
        events = plan.events();
        List<Double> weights = new ArrayList<>();
        countries.forEach(country -> weights.add(country.weight()));
        countrySkew = Skew.of(weights.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** How many have come so far. */
    int introduced() {
        return introduced;
    }

    /** Whether the visit that begins with this event is one of somebody new. */
    boolean isNewcomerDue(long event) {
        double part = Math.min(1, (event + 1) / (events * ALL_BY));
        return introduced < Math.ceil(StrictMath.pow(part, NEWCOMER_EXPONENT) * count);
    }

    int newcomer() {
        return introduced++;
    }

    /** One who was here before: likely somebody who came lately, or a regular. */
    int returning(SplittableRandom random) {
        double u = random.nextDouble();
        if (random.nextDouble() < REGULARS_PART) {
            return (int) (u * introduced) & REGULAR_MASK;
        }
        return introduced - 1 - (int) (u * u * u * u * introduced);
    }

    String agent(int visitor) {
        return agents[agentSkew.draw(bits(visitor, AGENT))];
    }

    boolean hasPhone(int visitor) {
        return Agents.isPhone(agentSkew.draw(bits(visitor, AGENT)));
    }

    Country country(int visitor) {
        return countries.get(countrySkew.draw(bits(visitor, COUNTRY)));
    }

    Place place(int visitor) {
        return country(visitor).place(bits(visitor, CITY));
    }

    String screen(int visitor) {
        return Agents.screen(hasPhone(visitor), bits(visitor, SCREEN));
    }

    private long bits(int visitor, long what) {
        return Mix.of(seed + visitor * 0x9E37_79B9_7F4A_7C15L ^ what << 48);
    }
}

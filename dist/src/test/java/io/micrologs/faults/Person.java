package io.micrologs.faults;

import io.micrologs.faults.Event.Kind;
import io.micrologs.faults.Event.Who;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;

/**
 * Somebody on the sites: views pages in a session or two, sees some again, loses the cookie and is known by the
 * fingerprint, runs into errors, follows links; and the backend that sends audits and batches beside it. Everything
 * follows from the seed.
 */
final class Person {
    private static final int PAGES = 40;
    private static final int FAULTS = 25;
    private static final List<String> SEVERITIES = List.of("info", "warning", "error", "critical");

    private final Random random;
    private final Project project;
    private final LongSupplier numbers;
    private final String name;
    private final String address;
    private final boolean fingerprinted;
    private String visitor;
    private String session;
    private int left;
    private int page;

    Person(Random random, Project project, LongSupplier numbers) {
        this.random = random;
        this.project = project;
        this.numbers = numbers;
        long number = numbers.getAsLong();
        name = "p" + number;
        // Of the range that is set aside for benchmarks, so nobody's.
        address = "198." + (18 + (number >> 16 & 1)) + "." + (number >> 8 & 255) + "." + (number & 255);
        fingerprinted = random.nextInt(3) == 0;
        visitor = "v-" + name;
        session = "s-" + name;
        left = 3 + random.nextInt(10);
        page = random.nextInt(PAGES);
    }

    boolean isGone() {
        return left == 0;
    }

    Request next() {
        left--;
        if (random.nextInt(12) == 0) {
            session = "s" + left + "-" + name;
        }
        if (fingerprinted && random.nextInt(8) == 0) {
            visitor = "v" + left + "-" + name;
        }
        int dice = random.nextInt(100);
        if (dice < 8) {
            List<Event> events = new ArrayList<>();
            for (int i = 2 + random.nextInt(19); i > 0; i--) {
                int inner = random.nextInt(100);
                events.add(inner < 50 ? pageview(false) : inner < 75 ? error(false) : audit(false));
            }
            return Request.batch(events, address);
        }
        Event event = dice < 60
                ? pageview(true)
                : dice < 80 ? error(random.nextBoolean()) : dice < 94 ? audit(random.nextBoolean()) : click();
        return Request.of(event, address);
    }

    private Event pageview(boolean browser) {
        // A third are views of the page that is open already.
        if (random.nextInt(3) > 0) {
            page = random.nextInt(PAGES);
        }
        String url = "https://shop.example/page/" + page;
        return event(
                Kind.PAGEVIEW,
                browser,
                new Who(visitor, session, browser && fingerprinted ? "f-" + name : ""),
                url,
                "");
    }

    private Event error(boolean browser) {
        String message = "fault " + random.nextInt(FAULTS);
        String severity = SEVERITIES.get(random.nextInt(SEVERITIES.size()));
        return event(Kind.ERROR, browser, new Who(visitor, session, ""), message, severity);
    }

    private Event audit(boolean browser) {
        return event(Kind.AUDIT, browser, Who.NOBODY, "action " + random.nextInt(9), "");
    }

    private Event click() {
        return event(Kind.CLICK, true, Who.NOBODY, project.link(), "");
    }

    private Event event(Kind kind, boolean browser, Who who, String subject, String severity) {
        return new Event(numbers.getAsLong(), kind, project, browser, who, subject, severity);
    }
}

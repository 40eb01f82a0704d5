package io.micrologs.faults;

import io.micrologs.faults.Event.Kind;
import java.util.List;
import java.util.stream.Collectors;

/** What goes over the wire: one event, or several of a backend in one batch. The same bytes each time it is sent. */
record Request(List<Event> events, byte[] bytes) {

    private static final String BROWSER = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101"
            + " Firefox/144.0\r\nAccept: */*\r\nAccept-Language: en\r\n";

    static Request of(Event event, String address) {
        if (event.kind == Kind.CLICK) {
            String head = "GET /api/redirect?c=" + event.project.link() + " HTTP/1.1\r\n" + common(address)
                    + "Referer: " + event.referrer() + "\r\n";
            return new Request(List.of(event), Wire.bytes(head, ""));
        }
        String path = switch (event.kind) {
            case PAGEVIEW -> "/api/track/pageview.php";
            case ERROR -> "/api/track/error.php";
            default -> "/api/track/audit.php";
        };
        return new Request(List.of(event), Wire.bytes(post(path, event, address), event.json()));
    }

    static Request batch(List<Event> events, String address) {
        String body = events.stream().map(Event::json).collect(Collectors.joining(",", "[", "]"));
        return new Request(events, Wire.bytes(post("/api/v1/events", events.get(0), address), body));
    }

    boolean isClick() {
        return events.get(0).kind == Kind.CLICK;
    }

    private static String post(String path, Event event, String address) {
        String key = event.browser ? event.project.publicKey() : event.project.secretKey();
        return "POST " + path + " HTTP/1.1\r\n" + common(address) + "Content-Type: application/json\r\nX-API-Key: "
                + key + "\r\n";
    }

    private static String common(String address) {
        return "Host: 127.0.0.1\r\nX-Forwarded-For: " + address + "\r\n" + BROWSER;
    }
}

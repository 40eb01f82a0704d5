package io.micrologs.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * RFC 9112 for servers, read plainly and strictly: which requests lie in these bytes, up to the first that is not whole or not
 * sound. The connection may take fewer, never others.
 */
final class PlainHttp {
    private static final String TOKEN = "[-!#$%&'*+.^_`|~0-9A-Za-z]+";
    private static final Pattern REQUEST_LINE =
            Pattern.compile("(" + TOKEN + ") ([\\x21-\\x7e\\x80-\\xff]+) HTTP/1\\.([01])");
    private static final Pattern HEADER =
            Pattern.compile("(" + TOKEN + "):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*?)[ \\t]*");
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");
    private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9a-fA-F]{1,8}");

    record Request(String method, String target, String body) {}

    private final String bytes;
    private int at;

    private PlainHttp(String bytes) {
        this.bytes = bytes;
    }

    /** @param bytes in ISO 8859-1 */
    static List<Request> requests(String bytes) {
        PlainHttp plain = new PlainHttp(bytes);
        List<Request> requests = new ArrayList<>();
        for (Request next = plain.next(); next != null; next = plain.next()) {
            requests.add(next);
        }
        return requests;
    }

    private Request next() {
        while (at < bytes.length() && (bytes.charAt(at) == '\r' || bytes.charAt(at) == '\n')) {
            at++;
        }
        String first = line();
        Matcher request = REQUEST_LINE.matcher(first == null ? "" : first);
        if (!request.matches()) {
            return null;
        }
        String length = null;
        boolean chunked = false;
        int hosts = 0;
        for (String line = line(); ; line = line()) {
            Matcher header = HEADER.matcher(line == null ? "" : line);
            if (line != null && line.isEmpty()) {
                break;
            }
            if (!header.matches()) {
                return null;
            }
            String name = header.group(1).toLowerCase(Locale.ROOT);
            if (name.equals("content-length")) {
                if (length != null || !LENGTH.matcher(header.group(2)).matches()) {
                    return null;
                }
                length = header.group(2);
            } else if (name.equals("transfer-encoding")) {
                if (chunked || !header.group(2).equalsIgnoreCase("chunked")) {
                    return null;
                }
                chunked = true;
            } else if (name.equals("host") && ++hosts > 1) {
                return null;
            }
        }
        boolean old = request.group(3).equals("0");
        if ((hosts == 0 && !old) || (chunked && (old || length != null))) {
            return null;
        }
        String body = chunked ? chunks() : take(length == null ? 0 : Long.parseLong(length));
        return body == null ? null : new Request(request.group(1), request.group(2), body);
    }

    private String chunks() {
        StringBuilder body = new StringBuilder();
        while (true) {
            String size = line();
            if (size == null || !CHUNK_SIZE.matcher(size).matches()) {
                return null;
            }
            String chunk = take(Long.parseLong(size, 16));
            String end = line();
            if (chunk == null || end == null || !end.isEmpty()) {
                return null;
            }
            if (chunk.isEmpty()) {
                return body.toString();
            }
            body.append(chunk);
        }
    }

    private String take(long length) {
        if (length > bytes.length() - at) {
            return null;
        }
        at += (int) length;
        return bytes.substring(at - (int) length, at);
    }

    /** Without its CRLF; null when there is none, or another end of a line comes first. */
    private String line() {
        int end = bytes.indexOf("\r\n", at);
        String line = end < 0 ? "\r" : bytes.substring(at, end);
        if (line.indexOf('\r') >= 0 || line.indexOf('\n') >= 0) {
            return null;
        }
        at = end + 2;
        return line;
    }
}

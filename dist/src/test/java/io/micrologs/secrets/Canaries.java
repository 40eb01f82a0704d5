package io.micrologs.secrets;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values that occur nowhere else, one for each kind of thing that must not stay anywhere. */
final class Canaries {
    private static final SecureRandom RANDOM = new SecureRandom();

    final String adminKey = "admin-canary-" + hex(16);
    final String salt = "salt-canary-" + hex(16);
    /** What nobody opens anything with: mistyped, or another installation's. */
    final String wrongSecret = hex(32);

    final String wrongAdmin = hex(32);
    final String cookie = "cookie-" + hex(12);
    final String session = "session-" + hex(12);
    final String fingerprint = "print-" + hex(12);
    final String eventId = "event-" + hex(12);
    final String authorization = "bearer-" + hex(16);
    /** In query strings, paths, bodies and headers that nothing is stored of. */
    final String stray = "stray-" + hex(12);

    final byte[] ipv4 = address(4, 45);
    final byte[] ipv6 = address(16, 0x20);

    /** Given by the server: key → whether its SHA-256 is stored, as that of a key in force is. */
    final Map<String, Boolean> secretKeys = new LinkedHashMap<>();

    // What is stored on purpose, so that the search is known to find things, and where.
    final String pageUrl = "url-" + hex(12);
    final String agent = "agent-" + hex(12);
    final String clickReferrer = "referrer-" + hex(12);

    ByteSearch forbidden(List<Integer> projects, boolean rawIpv4) {
        ByteSearch search = new ByteSearch()
                .add("admin key", Forms.withHashes(adminKey, List.of()))
                .add("hash salt", Forms.withHashes(salt, List.of()))
                .add("wrong secret key", Forms.withHashes(wrongSecret, List.of()))
                .add("wrong admin key", Forms.withHashes(wrongAdmin, List.of()))
                .add("cookie value", Forms.withHashes(cookie, projects))
                .add("session token", Forms.withHashes(session, projects))
                .add("fingerprint", Forms.withHashes(fingerprint, projects))
                .add("event id", Forms.withHashes(eventId, projects))
                .add("authorization", Forms.withHashes(authorization, List.of()))
                .add("stray", Forms.withHashes(stray, List.of()))
                .add("IPv6 address", Forms.address(ipv6, texts(ipv6)));
        Map<String, byte[]> four = Forms.address(ipv4, texts(ipv4));
        if (!rawIpv4) {
            // Four bytes come up by chance in hundreds of megabytes.
            four.remove("bytes");
        }
        search.add("IPv4 address", four);
        secretKeys.forEach((key, stored) ->
                search.add("secret key", stored ? Forms.plain(key) : Forms.withHashes(key, List.of())));
        return search;
    }

    ByteSearch onPurpose() {
        return new ByteSearch()
                .add("page's address", Forms.plain(pageUrl))
                .add("user agent", Forms.plain(agent))
                .add("click's referrer", Forms.plain(clickReferrer));
    }

    /** With the network that limits count by. */
    static List<String> texts(byte[] address) {
        try {
            List<String> texts =
                    new ArrayList<>(List.of(InetAddress.getByAddress(address).getHostAddress()));
            if (address.length == 16) {
                StringBuilder full = new StringBuilder();
                for (int i = 0; i < 16; i += 2) {
                    full.append(i == 0 ? "" : ":").append(String.format("%02x%02x", address[i], address[i + 1]));
                }
                texts.add(full.toString());
                texts.add(full.substring(0, 19));
            }
            return texts;
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    static String text(byte[] address) {
        return texts(address).get(0);
    }

    /** No zero in it that could be left out, so that there are few ways to write it. */
    private static byte[] address(int length, int first) {
        byte[] address = new byte[length];
        for (int i = 0; i < length; i++) {
            address[i] = (byte) (0x11 + RANDOM.nextInt(0xe0));
        }
        address[0] = (byte) first;
        return address;
    }

    private static String hex(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return HexFormat.of().formatHex(random);
    }
}

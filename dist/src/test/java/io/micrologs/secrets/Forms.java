package io.micrologs.secrets;

import java.math.BigInteger;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The forms in which a value could lie about: as it is, encoded, or hashed so that whoever guesses it can tell. */
final class Forms {
    private static final HexFormat HEX = HexFormat.of();

    private final Map<String, byte[]> forms = new LinkedHashMap<>();

    private Forms() {}

    /** Name of the form → its bytes. */
    static Map<String, byte[]> plain(String text) {
        Forms made = new Forms();
        made.encoded("", text.getBytes(StandardCharsets.UTF_8));
        return made.forms;
    }

    /** With the unkeyed hashes, also with a project's number before or behind, as a salt that everybody knows. */
    static Map<String, byte[]> withHashes(String text, List<Integer> projects) {
        Forms made = new Forms();
        made.encoded("", text.getBytes(StandardCharsets.UTF_8));
        made.hashed("", text.getBytes(StandardCharsets.UTF_8));
        for (int project : projects) {
            for (String salted : List.of(project + text, text + project, project + ":" + text, project + "|" + text)) {
                made.hashed("salted with a project's number, ", salted.getBytes(StandardCharsets.UTF_8));
            }
        }
        return made.forms;
    }

    /** @param texts the ways to write the address */
    static Map<String, byte[]> address(byte[] address, List<String> texts) {
        Forms made = new Forms();
        for (String text : texts) {
            made.encoded(text + ", ", text.getBytes(StandardCharsets.UTF_8));
            made.hashed(text + ", ", text.getBytes(StandardCharsets.UTF_8));
        }
        made.hashed("bytes, ", address);
        made.put("bytes", address);
        made.put("bytes in hex", HEX.formatHex(address).getBytes(StandardCharsets.US_ASCII));
        if (address.length == 16) {
            byte[] network = Arrays.copyOf(address, 8);
            made.put("network", network);
            made.put("network in hex", HEX.formatHex(network).getBytes(StandardCharsets.US_ASCII));
            made.hashed("network, ", network);
        } else {
            made.put(
                    "number",
                    Long.toString(new BigInteger(1, address).longValue()).getBytes(StandardCharsets.US_ASCII));
        }
        return made.forms;
    }

    private void encoded(String name, byte[] bytes) {
        put(name + "as it is", bytes);
        put(
                name + "upper case",
                new String(bytes, StandardCharsets.UTF_8)
                        .toUpperCase(Locale.ROOT)
                        .getBytes(StandardCharsets.UTF_8));
        put(name + "UTF-16", new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_16LE));
        put(name + "hex", HEX.formatHex(bytes).getBytes(StandardCharsets.US_ASCII));
        put(name + "HEX", HEX.withUpperCase().formatHex(bytes).getBytes(StandardCharsets.US_ASCII));
        put(
                name + "percent-encoded",
                URLEncoder.encode(new String(bytes, StandardCharsets.UTF_8), StandardCharsets.UTF_8)
                        .getBytes(StandardCharsets.US_ASCII));
        put(
                name + "percent-encoded whole",
                HexFormat.ofDelimiter("").withPrefix("%").formatHex(bytes).getBytes(StandardCharsets.US_ASCII));
        // Base64 of a longer text that holds this one: the letters depend on where in it the value begins.
        for (int before = 0; before < 3; before++) {
            byte[] shifted = new byte[before + bytes.length];
            System.arraycopy(bytes, 0, shifted, before, bytes.length);
            int from = before == 0 ? 0 : 4;
            for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                byte[] text = encoder.encode(shifted);
                put(name + "base64 at " + before, Arrays.copyOfRange(text, from, (before + bytes.length) / 3 * 4));
            }
        }
    }

    private void hashed(String name, byte[] bytes) {
        for (String algorithm : List.of("MD5", "SHA-1", "SHA-256", "SHA-512")) {
            byte[] digest = digest(algorithm, bytes);
            String of = name + algorithm;
            put(of, digest);
            put(of + " hex", HEX.formatHex(digest).getBytes(StandardCharsets.US_ASCII));
            put(of + " HEX", HEX.withUpperCase().formatHex(digest).getBytes(StandardCharsets.US_ASCII));
            put(of + " base64", Base64.getEncoder().withoutPadding().encode(digest));
            long first = ByteBuffer.wrap(digest).getLong();
            for (long number : List.of(first, Long.reverseBytes(first))) {
                put(of + " cut to 8", ByteBuffer.allocate(8).putLong(number).array());
                // As InnoDB stores signed numbers: big-endian, the sign turned round.
                put(
                        of + " cut to 8, in a table",
                        ByteBuffer.allocate(8).putLong(number ^ Long.MIN_VALUE).array());
                put(of + " cut to 8, decimal", Long.toString(number).getBytes(StandardCharsets.US_ASCII));
                put(of + " cut to 8, unsigned", Long.toUnsignedString(number).getBytes(StandardCharsets.US_ASCII));
                put(of + " cut to 8, hex", HEX.toHexDigits(number).getBytes(StandardCharsets.US_ASCII));
            }
        }
    }

    private void put(String name, byte[] bytes) {
        byte[] before = forms.putIfAbsent(name, bytes);
        if (before != null && !Arrays.equals(before, bytes)) {
            put(name + "'", bytes);
        }
    }

    private static byte[] digest(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

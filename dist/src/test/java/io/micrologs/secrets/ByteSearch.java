package io.micrologs.secrets;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Finds any of many byte strings, of 4 bytes and more, in one pass. Single-threaded. */
final class ByteSearch {
    /*
     * A bit for each pair of first bytes says at nearly every position that nothing begins there; the rest is looked up by
     * its first four bytes. Blocks overlap by the longest string, so none is cut in two.
     */
    private static final int BLOCK = 1 << 20;

    private record Wanted(String name, byte[] bytes) {}

    private final boolean[] pairs = new boolean[1 << 16];
    private final Map<Integer, List<Wanted>> byFirst4 = new HashMap<>();
    private int longest;

    /** @param forms named as in {@code name: form} where they are found */
    ByteSearch add(String name, Map<String, byte[]> forms) {
        forms.forEach((form, bytes) -> {
            if (bytes.length < 4) {
                throw new IllegalArgumentException("too short to be searched for: " + name + ": " + form);
            }
            pairs[pair(bytes, 0)] = true;
            byFirst4.computeIfAbsent(first4(bytes, 0), first -> new ArrayList<>())
                    .add(new Wanted(name + ": " + form, bytes));
            longest = Math.max(longest, bytes.length);
        });
        return this;
    }

    Set<String> in(byte[] bytes) {
        Set<String> found = new TreeSet<>();
        look(bytes, bytes.length, found);
        return found;
    }

    /** What is in a file that may grow, or go, meanwhile. */
    Set<String> in(Path file) throws IOException {
        Set<String> found = new TreeSet<>();
        byte[] block = new byte[BLOCK + longest];
        int kept = 0;
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.readNBytes(block, 0, BLOCK); read > 0; read = in.readNBytes(block, kept, BLOCK)) {
                int length = kept + read;
                look(block, length, found);
                kept = Math.min(longest - 1, length);
                System.arraycopy(block, length - kept, block, 0, kept);
            }
        }
        return found;
    }

    private void look(byte[] bytes, int length, Set<String> found) {
        for (int i = 0; i + 4 <= length; i++) {
            if (pairs[pair(bytes, i)]) {
                for (Wanted wanted : byFirst4.getOrDefault(first4(bytes, i), List.of())) {
                    if (i + wanted.bytes.length <= length && matches(wanted.bytes, bytes, i)) {
                        found.add(wanted.name);
                    }
                }
            }
        }
    }

    private static boolean matches(byte[] wanted, byte[] bytes, int from) {
        for (int i = 4; i < wanted.length; i++) {
            if (wanted[i] != bytes[from + i]) {
                return false;
            }
        }
        return true;
    }

    private static int pair(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }

    private static int first4(byte[] bytes, int at) {
        return pair(bytes, at) << 16 | pair(bytes, at + 2);
    }
}

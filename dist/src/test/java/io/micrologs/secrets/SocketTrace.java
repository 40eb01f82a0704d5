package io.micrologs.secrets;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What {@code strace} saw a program and all its children do with sockets. */
final class SocketTrace {
    private static final Pattern ADDRESS =
            Pattern.compile("sa_family=AF_INET6?,.*?(?:inet_addr\\(|inet_pton\\(AF_INET6, )\"([^\"]+)\"");
    private static final Pattern CALL = Pattern.compile("(connect|bind|sendto|sendmsg|sendmmsg)\\(");

    private SocketTrace() {}

    /** To put before a program's command line; the program itself is what is started, so signals reach it. */
    static List<String> command(Path file) {
        return List.of(
                "strace",
                "-D",
                "-f",
                "--seccomp-bpf",
                "-qq",
                "-s",
                "64",
                "-o",
                file.toString(),
                "-e",
                "trace=socket,connect,bind,sendto,sendmsg,sendmmsg,io_uring_setup",
                "-e",
                "signal=none");
    }

    /** Calls that named an address, as {@code call address}; a name server may have one of this machine's. */
    static Set<String> addressed(Path file) throws IOException {
        Set<String> addressed = new TreeSet<>();
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            lines.forEach(line -> {
                Matcher call = CALL.matcher(line);
                Matcher address = ADDRESS.matcher(line);
                if (call.find()) {
                    while (address.find()) {
                        String names = line.contains("htons(53)") ? ", to look up a name" : "";
                        addressed.add(call.group(1) + " " + address.group(1) + names);
                    }
                }
            });
        }
        return addressed;
    }

    static boolean isOwnMachine(String callAndAddress) {
        return callAndAddress.matches("\\w+ (127\\.\\d+\\.\\d+\\.\\d+|::1|::ffff:127\\.\\d+\\.\\d+\\.\\d+)");
    }

    /** Kinds of sockets that were made, and {@code io_uring}, by which a program could send unseen. */
    static Set<String> families(Path file) throws IOException {
        Pattern made = Pattern.compile("socket\\((AF_\\w+), |(io_uring)_setup\\(");
        Set<String> families = new TreeSet<>();
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            lines.forEach(line -> {
                Matcher family = made.matcher(line);
                if (family.find()) {
                    families.add(family.group(1) == null ? family.group(2) : family.group(1));
                }
            });
        }
        return families;
    }
}

package io.micrologs.secrets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That what finds nothing could have found it. */
class SearchIT {
    @TempDir
    Path temp;

    @Test
    void everyForm_isFoundInAFile_alsoAcrossBlocks() throws IOException {
        Map<String, byte[]> forms = Forms.withHashes("cookie-0123456789", List.of(7));
        assertThat(forms).hasSizeGreaterThan(100);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] form : forms.values()) {
            // So that some begin in one block and end in the next.
            bytes.write(new byte[(1 << 20) / 50 + 1 - form.length / 2]);
            bytes.write(form);
        }
        Path file = Files.write(temp.resolve("file"), bytes.toByteArray());
        ByteSearch search = new ByteSearch().add("canary", forms);
        assertThat(search.in(file)).hasSize(forms.size()).isEqualTo(search.in(bytes.toByteArray()));
        assertThat(search.in(new byte[3 << 20])).isEmpty();
    }

    @Test
    void textWithinBase64_isFoundWhereverItBegins() {
        ByteSearch search = new ByteSearch().add("canary", Forms.plain("cookie-0123456789"));
        for (String before : List.of("", "a", "bc", "def", "{\"v\":\"")) {
            String packed = Base64.getEncoder()
                    .encodeToString((before + "cookie-0123456789\"}").getBytes(StandardCharsets.UTF_8));
            assertThat(search.in(packed.getBytes(StandardCharsets.US_ASCII)))
                    .as(packed)
                    .isNotEmpty();
        }
    }

    @Test
    void socketTrace_seesWhatLeavesTheMachine() throws IOException, InterruptedException {
        Path trace = temp.resolve("trace");
        List<String> command = new ArrayList<>(SocketTrace.command(trace));
        // Connecting a datagram socket sends nothing; the address is set aside for documentation.
        command.addAll(
                List.of(
                        "bash",
                        "-c",
                        "bash -c 'exec 3<>/dev/udp/192.0.2.1/53'; exec 4<>/dev/udp/127.0.0.1/9; exec 5<>/dev/udp/127.0.0.53/53"));
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        PackagedServer.await("the trace", () -> PackagedServer.read(trace).contains("127.0.0.53"));
        assertThat(SocketTrace.addressed(trace))
                .containsExactly(
                        "connect 127.0.0.1",
                        "connect 127.0.0.53, to look up a name",
                        "connect 192.0.2.1, to look up a name");
        assertThat(SocketTrace.addressed(trace).stream().filter(SocketTrace::isOwnMachine))
                .containsExactly("connect 127.0.0.1");
        // Bash asks a name service daemon of this machine who its user is, where there is one.
        assertThat(SocketTrace.families(trace)).contains("AF_INET").isSubsetOf("AF_INET", "AF_UNIX");
    }
}

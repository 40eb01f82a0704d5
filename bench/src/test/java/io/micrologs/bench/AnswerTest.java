package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AnswerTest {
    private static final String OK = "HTTP/1.1 202 Accepted\r\nX: y\r\nContent-Length: 4\r\n\r\nbody";

    private static int add(Answer answer, String text) {
        return answer.add(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void anySplit_isTheSameAnswer() {
        for (int split = 1; split < OK.length(); split++) {
            Answer answer = new Answer(1_000);
            assertThat(add(answer, OK.substring(0, split)))
                    .as("split %d", split)
                    .isEqualTo(Answer.PARTIAL);
            assertThat(add(answer, OK.substring(split))).as("split %d", split).isEqualTo(202);
        }
    }

    @Test
    void noBody_isComplete() {
        assertThat(add(new Answer(1_000), "HTTP/1.1 204 No Content\r\n\r\n")).isEqualTo(204);
    }

    @Test
    void moreThanOne_orNone_isNoStatus() {
        assertThat(add(new Answer(1_000), OK + OK)).isEqualTo(1);
        assertThat(add(new Answer(1_000), "SSH-2.0-x\r\n\r\n")).isEqualTo(1);
        assertThat(add(new Answer(10), OK)).isEqualTo(1);
    }

    @Test
    void firstLines_saysStatusAndBody() {
        Answer answer = new Answer(1_000);
        add(answer, "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 15\r\n\r\n{\"error\":\n\"no\"}");
        assertThat(answer.firstLines()).isEqualTo("HTTP/1.1 429 Too Many Requests {\"error\": \"no\"}");
    }
}

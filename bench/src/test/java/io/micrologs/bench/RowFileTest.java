package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RowFileTest {
    private static String escaped(@Nullable String value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RowFile.escape(value, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void whatWouldEndAFieldOrALine_isEscaped() {
        assertThat(escaped("a\tb\nc\\d é")).isEqualTo("a\\tb\\nc\\\\d é");
    }

    @Test
    void nullAndItsLetters_differ() {
        assertThat(escaped(null)).isEqualTo("\\N");
        assertThat(escaped("\\N")).isEqualTo("\\\\N");
    }
}

package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AliasTest {
    private static final String SNIPPET =
            new String(Resources.bytes("io/micrologs/snippet/micrologs.js"), StandardCharsets.UTF_8);

    @Test
    void script_namesNeitherEndpointNorSnippet() {
        String moved = new Alias("/x7k/own").script(SNIPPET);
        assertThat(moved)
                .contains("/x7k/own/${", "[0]}?k=", "(x7k\\/own\\/.*)?")
                .doesNotContain("/api/", "track", ".php", "snippet");
    }

    @Test
    void snippetOfAnotherShape_isRefused() {
        assertThatThrownBy(() -> new Alias("/x").script(SNIPPET + SNIPPET)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new Alias("/x").script("")).isInstanceOf(IllegalStateException.class);
    }
}

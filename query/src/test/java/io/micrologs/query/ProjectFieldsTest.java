package io.micrologs.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProjectFieldsTest {

    @Test
    void name_isTrimmed() {
        assertThat(ProjectFields.name(" \t Shop\u3000")).isEqualTo("Shop");
    }

    @Test
    void nameOfBlanks_isRequired() {
        assertThat(ProjectFields.nameRefusal(ProjectFields.name("  "))).isEqualTo("name is required");
    }

    @Test
    void nameOf100Characters_isGood_whateverTheirBytes_andOneMoreIsNot() {
        String whale = "🐋";
        assertThat(ProjectFields.nameRefusal(whale.repeat(100))).isNull();
        assertThat(ProjectFields.nameRefusal(whale.repeat(101))).isEqualTo("name must be 100 characters or less");
    }

    @Test
    void halfASurrogatePair_isReplaced_becauseItCannotBeStored() {
        assertThat(ProjectFields.name("a\ud83d")).isEqualTo("a\ufffd");
    }

    @ParameterizedTest
    @CsvSource({
        "Example.COM, example.com",
        "'  example.com ', example.com",
        "https://example.com/, example.com",
        "HTTP://www.Example.com//, www.example.com",
        "localhost, localhost",
        "127.0.0.1, 127.0.0.1",
        "BÜCHER.example, bücher.example"
    })
    void domain_isCleaned(String given, String kept) {
        assertThat(ProjectFields.domains(List.of(given))).containsExactly(kept);
    }

    @Test
    void domains_thatAreEmptyTooLongOrRepeated_areLeftOut() {
        String longest = "a".repeat(253);
        assertThat(ProjectFields.domains(
                        List.of("b.example", "", " / ", "https://", "B.example/", longest, longest + "a")))
                .containsExactly("b.example", longest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exa mple.com",
                "example.com/x",
                "a/b",
                "*.example.com",
                "user@example.com",
                "-",
                "a..b",
                ".example.com",
                "a:b",
                "a:99999",
                "[::1",
                "a,b",
                "<script>",
                "a\u0000b",
                "javascript:alert(1)"
            })
    void domain_thatIsNoHost_isLeftOut(String given) {
        assertThat(ProjectFields.domains(List.of("a.example", given))).containsExactly("a.example");
        assertThat(ProjectFields.noDomain(List.of("a.example", given))).isEqualTo(given);
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:3000", "[::1]:8080", "[::1]", "my_shop.example", "bücher.example:8080"})
    void domain_withAPortOrAnAddress_isKept(String given) {
        assertThat(ProjectFields.domains(List.of(given))).containsExactly(given);
        assertThat(ProjectFields.noDomain(List.of(given))).isNull();
    }

    @Test
    void domainOfSlashes_takesNoLongerThanItIsLong() {
        List<String> given = List.of("a" + "/".repeat(1_000_000) + "b", "a/b" + "/".repeat(1_000));
        assertTimeoutPreemptively(
                Duration.ofSeconds(30),
                () -> assertThat(ProjectFields.domains(given)).isEmpty());
    }

    @Test
    void domainCount_outside1To20_isRefused() {
        assertThat(ProjectFields.domainCountRefusal(0)).isEqualTo("allowed_domains must be a non-empty array");
        assertThat(ProjectFields.domainCountRefusal(1)).isNull();
        assertThat(ProjectFields.domainCountRefusal(20)).isNull();
        assertThat(ProjectFields.domainCountRefusal(21)).isEqualTo("Maximum 20 allowed domains per project");
    }

    @Property
    void cleaningTwice_changesNothing(@ForAll String given) {
        String name = ProjectFields.name(given);
        assertThat(ProjectFields.name(name)).isEqualTo(name);
        assertThat(name.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF)).isTrue();
    }
}

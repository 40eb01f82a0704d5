package io.micrologs.loader.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table {@code agents.txt}: what agents of today say, and what is to be made of it. */
final class AgentParserTest {

    private static final AgentParser PARSER = new AgentParser();

    static List<String> agents() throws IOException {
        try (InputStream in = Objects.requireNonNull(AgentParserTest.class.getResourceAsStream("agents.txt"));
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        }
    }

    @Test
    void table_isLongEnough() throws IOException {
        assertThat(agents()).hasSizeGreaterThanOrEqualTo(60).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("agents")
    void agent_isWhatTheTableSays(String line) {
        String[] fields = line.split("\\s*\\|\\s*", 2);
        Agent agent = PARSER.parse(fields[1]);
        assertThat(agent.device().name().toLowerCase(java.util.Locale.ROOT)
                        + ", " + agent.os() + " " + agent.osVersion() + ", " + agent.browser() + " "
                        + agent.browserVersion())
                .isEqualTo(fields[0]);
    }

    @Test
    void noAgent_isUnknown() {
        assertThat(PARSER.parse(null)).isEqualTo(Agent.UNKNOWN);
        assertThat(PARSER.parse(" ")).isEqualTo(Agent.UNKNOWN);
        assertThat(PARSER.parse("x")).isEqualTo(Agent.UNKNOWN);
    }

    /** Made against the expressions that backtrack most. */
    @Test
    void craftedAgents_takeABoundedNumberOfSteps() throws IOException {
        AgentRules rules = new AgentRules();
        int worst = 0;
        for (String unit :
                List.of(" ", "a", "Mozilla/5.0 ", "Bot ", "Android ", "iPhone;", "1.", "CPU OS ", "; ", "/1 ")) {
            for (String head : List.of("", "Mozilla/5.0 ", "Mozilla/5.0 (Linux; Android 1")) {
                String text = head + unit.repeat(512);
                rules.browser(text.substring(0, 512));
                worst = Math.max(worst, rules.steps());
                rules.system(text.substring(0, 512));
                worst = Math.max(worst, rules.steps());
                assertThat(PARSER.parse(text)).isNotNull();
            }
        }
        assertThat(worst).as("steps of the worst of these").isGreaterThan(AgentRules.STEPS_MAX / 2);
        assertThat(worst).isLessThanOrEqualTo(AgentRules.STEPS_MAX + 1);
        int honest = 0;
        for (String line : agents()) {
            String agent = line.split("\\s*\\|\\s*", 2)[1];
            rules.browser(agent);
            honest = Math.max(honest, rules.steps());
            rules.system(agent);
            honest = Math.max(honest, rules.steps());
        }
        assertThat(honest).as("steps of the worst honest agent").isLessThan(AgentRules.STEPS_MAX / 2);
    }

    @Property
    void anyText_hasAnAnswer(@ForAll String text) {
        Agent agent = PARSER.parse(text);
        assertThat(agent.device()).isNotNull();
        assertThat(PARSER.parse(text)).isEqualTo(agent);
    }
}

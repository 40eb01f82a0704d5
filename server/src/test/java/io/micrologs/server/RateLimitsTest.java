package io.micrologs.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class RateLimitsTest {
    private static RateLimits parsed(String... args) {
        RateLimits limits = new RateLimits();
        new CommandLine(CommandLine.Model.CommandSpec.forAnnotatedObject(limits)).parseArgs(args);
        return limits;
    }

    @Test
    void defaults_areTheContracts() {
        Map<String, Integer> limits = parsed().perPath();
        assertThat(limits)
                .containsEntry("/api/track/pageview", 60)
                .containsEntry("/api/track/errors-update-status", 30)
                .containsEntry("/api/analytics/link-detail", 60)
                .containsEntry("/api/v1/ledger", 60)
                .containsEntry("/api/v1/query", 60)
                .containsEntry("/api/redirect", 120)
                .containsEntry("/api/links/create", 30)
                .containsEntry("/api/links/list", 60)
                .containsEntry("/api/projects/create", 5)
                .containsEntry("/api/projects/regenerate-keys", 5)
                .containsEntry("/api/projects/delete", 5)
                .containsEntry("/api/projects/edit", 10)
                .containsEntry("/api/projects/toggle", 10)
                .containsEntry("/api/projects/list", 30)
                .containsEntry("/api/projects/verify", 20)
                .doesNotContainKey("/api/health")
                .hasSize(33);
        assertThat(parsed().enabled).isTrue();
        assertThat(parsed().window).hasSeconds(60);
        assertThat(parsed().block).hasSeconds(900);
    }

    @Test
    void eachLimit_isItsOwnSetting() {
        assertThat(parsed("--ratelimit.track", "7").perPath())
                .containsEntry("/api/track/audit", 7)
                .containsEntry("/api/track/errors-update-status", 30);
    }
}

package io.micrologs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DiskNeedTest {
    private final DiskNeed need = new DiskNeed(50_000_000, 5_000_000, 375);

    @Test
    void oneByteTooFew_isRefusedWithWhatIsNeededAndWhatIsThere() {
        assertThatCode(() -> need.require(need.bytes(), "/data")).doesNotThrowAnyException();
        assertThatThrownBy(() -> need.require(need.bytes() - 1, "/data"))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("50,000,000 events need up to")
                .hasMessageContaining("GiB in /data")
                .hasMessageContaining("--events");
    }

    @Test
    void fiftyMillionEvents_needTensOfGigabytes() {
        assertThat(need.bytes() >> 30).isBetween(20L, 60L);
    }

    @Test
    void moreOfAnything_needsMore() {
        assertThat(new DiskNeed(50_000_001, 5_000_000, 375).bytes()).isGreaterThan(need.bytes());
        assertThat(new DiskNeed(50_000_000, 5_000_001, 375).bytes()).isGreaterThan(need.bytes());
        assertThat(new DiskNeed(50_000_000, 5_000_000, 376).bytes()).isGreaterThan(need.bytes());
    }
}

package io.micrologs.loader;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrologs.journal.Checkpoint;
import io.micrologs.journal.Polled;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeadLetterLimitTest {
    private static final int LOST_KIND = 6;
    private static final int FRAME_BYTES = 44;

    private final DeadLetterLimit limit = new DeadLetterLimit();

    @Test
    void damagedRecords_stopTheLoader_andNameTheSalvage() {
        assertThatCode(() -> limit.begin(damaged(10, 0))).doesNotThrowAnyException();
        assertThatThrownBy(() -> limit.begin(damaged(11, 0)))
                .isInstanceOf(LoaderStoppedException.class)
                .hasMessageContaining("micrologs journal salvage");
    }

    @Test
    void recordsThatASalvageHasAccountedFor_stopNothing_howeverManyTheyAre() {
        assertThatCode(() -> limit.begin(damaged(1000, LOST_KIND))).doesNotThrowAnyException();
    }

    private static List<Entry> damaged(int count, int kind) {
        byte[] bytes = new byte[FRAME_BYTES];
        bytes[0] = 'M';
        bytes[1] = 'L';
        bytes[2] = 1;
        bytes[3] = (byte) kind;
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> new Entry(
                        new Polled.Damaged(new Checkpoint(1, 1, i, i, i), 0, "its CRC does not hold", bytes),
                        0,
                        "its CRC does not hold"))
                .toList();
    }
}

package io.micrologs.query.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a question found.
 *
 * @param more whether there are more rows behind these
 */
public record Answer(List<Row> rows, boolean more) {

    /**
     * @param time the beginning of the row's hour, day, week or month; null when it was not asked for
     * @param values one for each attribute that was asked for
     * @param previous the same of the days before; null when they were not asked for
     */
    public record Row(
            @Nullable String time,
            List<Value> values,
            Figures figures,
            @Nullable Figures previous) {

        /** Of the first attribute, one of its value's texts. */
        public @Nullable String text(int number) {
            return values.get(0).texts.get(number);
        }
    }

    /**
     * What an attribute is.
     *
     * @param number 0 for none
     * @param texts as many as the attribute has keys, and of a page its title behind them; null for what has none
     */
    public record Value(Attribute attribute, long number, List<@Nullable String> texts) {

        /** What its texts are called in answers, without a page's title. */
        public List<String> keys() {
            return attribute.keys();
        }
    }
}

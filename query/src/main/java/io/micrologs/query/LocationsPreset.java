package io.micrologs.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.micrologs.http.Reply;
import io.micrologs.query.engine.Answer;
import io.micrologs.query.engine.Attribute;
import io.micrologs.query.engine.Counter;
import io.micrologs.query.engine.Engine;
import io.micrologs.query.engine.Filter;
import io.micrologs.query.engine.Measure;
import io.micrologs.query.engine.Meta;
import io.micrologs.query.engine.Named;
import io.micrologs.query.engine.Query;
import io.micrologs.query.engine.RefusedException;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code locations}: where pages were viewed, as far as it is known. A pageview has its session's place. */
final class LocationsPreset implements Preset {
    private static final int PLACES_MAX = 50;

    private final Supplier<@Nullable String> note;

    /** @param note what is to be said about the age of the locations; null for nothing */
    LocationsPreset(Supplier<@Nullable String> note) {
        this.note = note;
    }

    private record Data(DayRange.Shown range, List<Country> byCountry, List<Region> byRegion, List<City> byCity) {}

    private record Country(
            @Nullable String country, @Nullable String countryCode, long pageviews, long uniqueVisitors) {}

    private record Region(
            @Nullable String country,
            @Nullable String countryCode,
            @Nullable String region,
            long pageviews) {}

    private record City(
            @Nullable String city,
            @Nullable String region,
            @Nullable String countryCode,
            long pageviews) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record AgedMeta(
            @Nullable String locations, @JsonUnwrapped Meta meta) {}

    @Override
    public Reply answer(Question question, Sql sql) throws SQLException, RefusedException {
        Engine engine = question.engine(sql);
        Data data = new Data(
                DayRange.shown(question.days()),
                top(engine, question, Attribute.COUNTRY, Measure.PAGEVIEWS, Measure.VISITORS).stream()
                        .map(row -> new Country(
                                Named.country(row.text(0)),
                                row.text(0),
                                views(row),
                                row.figures().of(Counter.VISITORS)))
                        .toList(),
                top(engine, question, Attribute.REGION, Measure.PAGEVIEWS).stream()
                        .map(row -> new Region(Named.country(row.text(0)), row.text(0), row.text(1), views(row)))
                        .toList(),
                top(engine, question, Attribute.CITY, Measure.PAGEVIEWS).stream()
                        .map(row -> new City(row.text(2), row.text(1), row.text(0), views(row)))
                        .toList());
        return Json.ok(data, new AgedMeta(note.get(), engine.meta()));
    }

    private static List<Answer.Row> top(Engine engine, Question question, Attribute attribute, Measure... measures)
            throws SQLException, RefusedException {
        return engine.answer(
                        Query.top(question.days(), attribute, PLACES_MAX, List.of(measures), Filter.named(attribute)))
                .rows();
    }

    private static long views(Answer.Row row) {
        return row.figures().of(Counter.VIEWS);
    }
}

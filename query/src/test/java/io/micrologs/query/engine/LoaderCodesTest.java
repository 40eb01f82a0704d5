package io.micrologs.query.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the loader writes and what is read here are the same; the two modules do not know each other. */
class LoaderCodesTest {
    private static Object of(Object constant, String field) throws ReflectiveOperationException {
        Field declared = constant.getClass().getDeclaredField(field);
        declared.setAccessible(true);
        return declared.get(constant);
    }

    private static Object[] constants(String name) throws ReflectiveOperationException {
        return Class.forName("io.micrologs.loader." + name).getEnumConstants();
    }

    @Test
    void dimensions_haveTheLoadersNumbersCountersAndSketches() throws ReflectiveOperationException {
        Class<?> metric = Class.forName("io.micrologs.loader.Metric");
        Field columns = metric.getDeclaredField("NAMES");
        columns.setAccessible(true);
        List<?> names = (List<?>) columns.get(null);
        List<String> loader = new ArrayList<>();
        for (Object dimension : constants("Dimension")) {
            List<String> counted = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                if (((int) of(dimension, "metrics") & 1 << i) != 0) {
                    counted.add(String.valueOf(names.get(i)));
                }
            }
            loader.add(dimension + " " + of(dimension, "code") + " " + of(dimension, "k") + " " + counted);
        }
        List<String> here = new ArrayList<>();
        for (Rollup rollup : Rollup.values()) {
            List<String> counted = new ArrayList<>();
            for (Object name : names) {
                boolean has = Stream.of(Counter.values())
                        .anyMatch(counter -> rollup.has(counter) && name.equals(counter.column));
                if (has) {
                    counted.add(String.valueOf(name));
                }
            }
            here.add(rollup + " " + rollup.code + " " + rollup.k + " " + counted);
        }
        assertThat(here).isEqualTo(loader);
        for (Rollup rollup : Rollup.values()) {
            boolean distinct = rollup.has(Counter.VISITORS) || rollup.has(Counter.CLICKERS);
            assertThat(distinct).as("%s", rollup).isEqualTo(rollup.k > 0);
        }
    }

    @Test
    void grains_haveTheLoadersNumbersAndDays() throws ReflectiveOperationException {
        Object[] grains = constants("Grain");
        assertThat(Grain.values()).hasSameSizeAs(grains);
        for (int i = 0; i < grains.length; i++) {
            assertThat(Grain.values()[i].name()).isEqualTo(grains[i].toString());
            assertThat(Grain.values()[i].code).isEqualTo(of(grains[i], "code"));
        }
        var periodOf = Class.forName("io.micrologs.loader.Grain").getDeclaredMethod("periodOf", int.class);
        var firstDay = Class.forName("io.micrologs.loader.Grain").getDeclaredMethod("firstDay", int.class);
        periodOf.setAccessible(true);
        firstDay.setAccessible(true);
        for (Grain grain : List.of(Grain.WEEK, Grain.MONTH)) {
            for (int day = 19_000; day < 21_000; day++) {
                Object loaders = grains[grain.ordinal()];
                assertThat(grain.periodOf(day)).isEqualTo(periodOf.invoke(loaders, day));
                assertThat(grain.firstDay(grain.periodOf(day)))
                        .isEqualTo(firstDay.invoke(loaders, grain.periodOf(day)));
            }
        }
    }

    @Test
    void texts_haveTheLoadersNumbers() throws ReflectiveOperationException {
        Class<?> loaders = Class.forName("io.micrologs.loader.Hash64");
        var made = loaders.getDeclaredConstructor();
        var of = loaders.getDeclaredMethod("of", String.class);
        made.setAccessible(true);
        of.setAccessible(true);
        for (String text : List.of("", "https://a.example/", "東京 \uD83D\uDC0B", "1|-2|3")) {
            assertThat(Names.number(text)).isEqualTo(of.invoke(made.newInstance(), text));
        }
    }

    @Test
    void sketches_areReadAsTheLoaderCountsThem() throws ReflectiveOperationException {
        Class<?> loaders = Class.forName("io.micrologs.loader.BottomK");
        var made = loaders.getDeclaredConstructor(int.class);
        var add = loaders.getDeclaredMethod("add", long.class);
        var toBytes = loaders.getDeclaredMethod("toBytes");
        var count = loaders.getDeclaredMethod("count", int.class, byte[].class);
        var union = loaders.getDeclaredMethod("union", loaders);
        List.of(add, toBytes, count, union).forEach(method -> method.setAccessible(true));
        made.setAccessible(true);
        java.util.Random random = new java.util.Random(7);
        for (int round = 0; round < 200; round++) {
            int k = 1 + random.nextInt(50);
            Object all = made.newInstance(k);
            Distinct here = new Distinct(k);
            for (int i = 0; i < 1 + random.nextInt(4); i++) {
                Object one = made.newInstance(k);
                for (long id : random.longs(random.nextInt(60), 0, 100).toArray()) {
                    add.invoke(one, id);
                }
                union.invoke(all, one);
                here.add((byte[]) toBytes.invoke(one));
            }
            assertThat(here.count()).isEqualTo(count.invoke(null, k, toBytes.invoke(all)));
        }
    }
}

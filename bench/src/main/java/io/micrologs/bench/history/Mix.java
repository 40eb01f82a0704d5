package io.micrologs.bench.history;

/** Numbers that look random and are not. */
final class Mix {
    private Mix() {}

    /** A bijection that spreads consecutive numbers: the finalizer of SplitMix64. */
    static long of(long number) {
        long z = (number ^ number >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    /** As an id, which is never 0. */
    static long id(long number) {
        long id = of(number);
        return id == 0 ? 1 : id;
    }
}

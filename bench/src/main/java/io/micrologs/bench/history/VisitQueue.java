package io.micrologs.bench.history;

import java.util.Arrays;

/** The visits under way, by when their next page is due: a binary heap. It has no more places than there were visits at once. */
final class VisitQueue {
    private Visit[] heap = new Visit[64];
    private int size;
    private int sizeMax;

    /** How many there were at most. */
    int sizeMax() {
        return sizeMax;
    }

    /** When the next page of any visit is due; {@link Long#MAX_VALUE} when there is none. */
    long dueMs() {
        return size == 0 ? Long.MAX_VALUE : heap[0].dueMs;
    }

    void add(Visit visit) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        int at = size++;
        sizeMax = Math.max(sizeMax, size);
        while (at > 0 && heap[(at - 1) / 2].dueMs > visit.dueMs) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = visit;
    }

    /** Takes out the one that is due first. */
    Visit remove() {
        Visit first = heap[0];
        Visit last = heap[--size];
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && heap[child + 1].dueMs < heap[child].dueMs) {
                child++;
            }
            if (heap[child].dueMs >= last.dueMs) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = last;
        return first;
    }
}

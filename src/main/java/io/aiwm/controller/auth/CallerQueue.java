package io.aiwm.controller.auth;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A bounded queue in which callers take turns, regardless of how many items each has waiting. When it is full, an item of the caller with
 * the fewest items displaces the newest item of the caller with the most. Not thread-safe.
 */
final class CallerQueue<T> {
    private final int most;
    private final int mostOfOne;
    private final Map<String, Deque<T>> waiting = new LinkedHashMap<>();
    private int size;

    CallerQueue(int most, int mostOfOne) {
        this.most = most;
        this.mostOfOne = mostOfOne;
    }

    /** Adds an item. @return null, or the item that found no room: this one, or another that it displaced */
    T offer(String who, T item) {
        int own = waiting.containsKey(who) ? waiting.get(who).size() : 0;
        if (own >= mostOfOne) {
            return item;
        }
        T pushedOut = null;
        if (size >= most) {
            Deque<T> longest = waiting.values().stream()
                    .max(Comparator.comparingInt(Deque::size))
                    .orElseThrow();
            if (longest.size() <= own + 1) {
                return item;
            }
            pushedOut = longest.removeLast();
            size--;
        }
        waiting.computeIfAbsent(who, first -> new ArrayDeque<>()).addLast(item);
        size++;
        return pushedOut;
    }

    /** Null when nothing waits. */
    T poll() {
        if (waiting.isEmpty()) {
            return null;
        }
        var turn = waiting.entrySet().iterator().next();
        waiting.remove(turn.getKey());
        T item = turn.getValue().removeFirst();
        size--;
        if (!turn.getValue().isEmpty()) {
            waiting.put(turn.getKey(), turn.getValue());
        }
        return item;
    }
}

package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import io.aiwm.controller.auth.Principal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The calls under way on this controller, which a client up to 2025-11-25 may cancel by the id of its request. There are no
 * sessions that would tell two clients with one credential apart: an id that both use at the same moment cancels nothing.
 */
final class Cancellations {
    private final Map<Key, List<Runnable>> underWay = new ConcurrentHashMap<>();

    private record Key(String user, String token, String request) {
        static Key of(Principal caller, JsonNode request) {
            return new Key(caller.name(), caller.tokenId(), request.toString());
        }
    }

    /** Returns what is to be run at its end. */
    Runnable add(Principal caller, JsonNode request, Runnable cancel) {
        Key key = Key.of(caller, request);
        underWay.compute(key, (same, others) -> {
            List<Runnable> all = others == null ? new CopyOnWriteArrayList<>() : others;
            all.add(cancel);
            return all;
        });
        return () -> underWay.computeIfPresent(key, (same, all) -> {
            all.remove(cancel);
            return all.isEmpty() ? null : all;
        });
    }

    void cancel(Principal caller, JsonNode request) {
        List<Runnable> found = underWay.getOrDefault(Key.of(caller, request), List.of());
        if (found.size() == 1) {
            found.get(0).run();
        }
    }

    int size() {
        return underWay.size();
    }
}

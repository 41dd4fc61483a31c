package io.aiwm.inference.call;

import io.aiwm.inference.balance.Place;
import io.aiwm.inference.balance.PlaceRequest;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What may still take a call. Used on the event loop of the call. */
final class PoolCandidates {
    private final List<Pool> left;
    private final Set<String> interchangeable;

    PoolCandidates(Plan plan) {
        left = new ArrayList<>(plan.pools());
        interchangeable = plan.interchangeable();
    }

    /**
     * Those that may take a call of one model.
     *
     * @param pools in the order in which they are tried
     * @param interchangeable ids of those among which one that has a place now comes first; empty where there are fewer than two
     */
    record Plan(List<Pool> pools, Set<String> interchangeable) {
        boolean isEmpty() {
            return pools.isEmpty();
        }
    }

    /** @param place as {@link io.aiwm.inference.balance.Balancer#acquire} returns it */
    record Found(Pool pool, Future<Place> place) {}

    /**
     * Looks for a place: first where the call need not wait, then at the first of those that are left. Where that one sleeps and another
     * has a place, it is woken all the same, so that later calls find it.
     */
    Found seek(PlaceRequest ask) {
        Pool first = left.get(0);
        if (left.size() > 1 && !interchangeable.isEmpty() && ask.waitMillis() > 0 && !ask.idleOnly()) {
            PlaceRequest now = ask.withoutWaiting();
            for (Pool pool : left) {
                Future<Place> place =
                        interchangeable.contains(pool.id()) ? pool.balancer().acquire(now) : null;
                if (place != null && place.succeeded()) {
                    if (pool != first) {
                        first.balancer().wake();
                    }
                    return new Found(pool, place);
                }
            }
        }
        return new Found(first, first.balancer().acquire(ask));
    }

    /** Looks for a place at another one while the call waits at this one. @return null: there is none now, or it may not take the call */
    Found elsewhere(Pool waitsAt, PlaceRequest ask) {
        if (!interchangeable.contains(waitsAt.id())) {
            return null;
        }
        PlaceRequest now = ask.withoutWaiting();
        for (Pool pool : left) {
            if (pool != waitsAt && interchangeable.contains(pool.id())) {
                Future<Place> place = pool.balancer().acquire(now);
                if (place.succeeded()) {
                    return new Found(pool, place);
                }
            }
        }
        return null;
    }

    /** Whether {@link #elsewhere} may find one. */
    boolean hasElsewhere(Pool waitsAt) {
        return interchangeable.contains(waitsAt.id())
                && left.stream().anyMatch(pool -> pool != waitsAt && interchangeable.contains(pool.id()));
    }

    /** It does not take the call. Returns whether any other is left. */
    boolean without(Pool refusing) {
        left.remove(refusing);
        return !left.isEmpty();
    }

    Stream<Pool> left() {
        return left.stream();
    }
}

package io.aiwm.controller.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many logins failed of late: for one name from one place, and from one place for all names together, which is what
 * trying one password on many names comes to. After {@value #MAX_FAILURES}, or {@value #MAX_OF_PLACE}, within a minute the
 * next has to wait, whether its password is right or not. The limit of a place spares who has signed in from there before:
 * others who are there too cannot lock them out.
 */
final class LoginLimiter {
    static final int MAX_FAILURES = 10;
    static final int MAX_OF_PLACE = 30;
    private static final int PLACES = 32_768;
    /** Only a login that succeeded gets in here. */
    private static final int MAX_KNOWN = 10_000;

    private final RecentFailures ofName;
    private final RecentFailures ofPlace;
    private final Cache<String, Boolean> known =
            Caffeine.newBuilder().maximumSize(MAX_KNOWN).build();

    /** @param nanos monotonic */
    LoginLimiter(LongSupplier nanos) {
        ofName = new RecentFailures(PLACES, MAX_FAILURES, nanos);
        ofPlace = new RecentFailures(PLACES, MAX_OF_PLACE, nanos);
    }

    /**
     * How long this caller has to wait for its next try; zero: not at all.
     *
     * @param place where it is, see {@link Origin}
     */
    synchronized Duration untilAllowed(String name, String place) {
        Duration wait = ofName.untilAllowed(caller(name, place));
        return wait.isZero() && !isKnown(name, place) ? ofPlace.untilAllowed(place) : wait;
    }

    /** Counted before the password is looked at, so that many guesses at once cannot slip through together. */
    synchronized void count(String name, String place) {
        ofName.add(caller(name, place));
        ofPlace.add(place);
    }

    /** The password was not looked at. */
    synchronized void takeBack(String name, String place) {
        ofName.takeBack(caller(name, place));
        ofPlace.takeBack(place);
    }

    /** What failed before under this name is forgotten; what failed from this place is not. */
    synchronized void succeeded(String name, String place) {
        ofName.forget(caller(name, place));
        ofPlace.takeBack(place);
        known.put(caller(name, place), true);
    }

    /** Whether this user has signed in from there before, since this process began. */
    synchronized boolean isKnown(String name, String place) {
        return known.getIfPresent(caller(name, place)) != null;
    }

    private static String caller(String name, String place) {
        return name + "\n" + place;
    }
}

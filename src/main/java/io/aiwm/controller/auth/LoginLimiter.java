package io.aiwm.controller.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Counts recent failed logins: per name and address, and per address for all names together, which limits tries of one password on many
 * names. After {@value #MAX_FAILURES}, or {@value #MAX_OF_PLACE}, within a minute the next login must wait, whether its password is
 * right or not. The limit of an address does not apply to a user who has signed in from it before, so that others at the same address cannot
 * lock that user out.
 */
final class LoginLimiter {
    static final int MAX_FAILURES = 10;
    static final int MAX_OF_PLACE = 30;
    private static final int PLACES = 32_768;
    /** Only a successful login adds an entry. */
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
     * Returns how long this caller must wait before its next try; zero: not at all.
     *
     * @param place the address, see {@link Origin}
     */
    synchronized Duration untilAllowed(String name, String place) {
        Duration wait = ofName.untilAllowed(caller(name, place));
        return wait.isZero() && !isKnown(name, place) ? ofPlace.untilAllowed(place) : wait;
    }

    /** Counts before the password is checked, so that many simultaneous guesses are counted. */
    synchronized void count(String name, String place) {
        ofName.add(caller(name, place));
        ofPlace.add(place);
    }

    /** Removes a count when the password was not checked. */
    synchronized void takeBack(String name, String place) {
        ofName.takeBack(caller(name, place));
        ofPlace.takeBack(place);
    }

    /** Clears the failures of this name; those of the address stay. */
    synchronized void succeeded(String name, String place) {
        ofName.forget(caller(name, place));
        ofPlace.takeBack(place);
        known.put(caller(name, place), true);
    }

    /** Returns whether this user has signed in from there since this process started. */
    synchronized boolean isKnown(String name, String place) {
        return known.getIfPresent(caller(name, place)) != null;
    }

    private static String caller(String name, String place) {
        return name + "\n" + place;
    }
}

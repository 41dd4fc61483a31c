package io.aiwm.controller.notification;

import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.notification.Delivery.State;
import io.aiwm.controller.notification.Selection.Held;
import io.aiwm.controller.notification.Selection.Unit;
import io.aiwm.controller.notification.SendFailure.Concerns;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Sends what waits for one target. Used on one context. */
final class TargetRun {
    private static final RateLimitedLog LOG =
            RateLimitedLog.troubles(LoggerFactory.getLogger(TargetRun.class), Level.WARN);
    static final int PAGE = 1_000;
    /** So much is looked through for what is due; the next look goes on from there. */
    static final int MOST_PAGES = 10;
    /** What another controller has added or had sent again is found so late. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
    /** After so many failures in a row the others are not tried. */
    private static final int FAILURES_IN_A_ROW = 3;
    /** A target that refuses so many notices in a row, each for itself, is taken for one that fails. */
    static final int REFUSALS_IN_A_ROW = 20;

    private final String name;
    private final Deliveries deliveries;
    private final InstantSource clock;
    private final BooleanSupplier mayGoOn;
    private Instant nextLook = Instant.MIN;
    private Instant pausedUntil = Instant.MIN;
    /** The newest time that was seen: an earlier one says that the clock was set back. */
    private Instant seen = Instant.MIN;

    private int failures;
    private int refusals;
    private Place place = Place.BEGIN;
    private boolean busy;

    /** Where to look for what is due. @param cursor null: at the oldest. @param before what was passed */
    private record Place(String cursor, Held before) {
        static final Place BEGIN = new Place(null, Held.NONE);
    }

    /** @param mayGoOn whether this controller is still the one that sends */
    TargetRun(String name, Deliveries deliveries, InstantSource clock, BooleanSupplier mayGoOn) {
        this.name = name;
        this.deliveries = deliveries;
        this.clock = clock;
        this.mayGoOn = mayGoOn;
    }

    /** There is something new that is due then. */
    void hint(Instant due) {
        nextLook = due.isBefore(nextLook) ? due : nextLook;
    }

    /** Returns how long nothing is to be done. */
    Duration idle() {
        Instant now = clock.instant();
        if (now.isBefore(seen)) {
            pausedUntil = Instant.MIN;
            nextLook = Instant.MIN;
        }
        seen = now;
        Instant next = pausedUntil.isAfter(nextLook) ? pausedUntil : nextLook;
        return busy ? LOOK_EVERY : next.isAfter(now) ? Duration.between(now, next) : Duration.ZERO;
    }

    /** Sends what is due, unless that is being done. Never fails. @return when it is done */
    Future<Void> run(Target target, Sender sender) {
        if (busy || !idle().isZero()) {
            return Future.succeededFuture();
        }
        busy = true;
        nextLook = clock.instant().plus(LOOK_EVERY);
        return due(target, MOST_PAGES)
                .compose(units -> sender.atOnce() > 1
                        ? together(target, sender, units)
                        : oneByOne(target, sender, units, 0, new HashSet<>()))
                .recover(cause -> {
                    failed(cause);
                    place = Place.BEGIN;
                    return Future.succeededFuture();
                })
                .onComplete(done -> busy = false);
    }

    /** The first of what is due, wherever it stands: before it there may be any number that wait for one of their resource. */
    private Future<List<Unit>> due(Target target, int pages) {
        return deliveries.page(name, State.WAITING, PAGE, place.cursor()).compose(page -> {
            Selection selection = Selection.of(page.items(), place.before(), clock.instant(), target.fold());
            if (selection.nextDue() != null) {
                hint(selection.nextDue());
            }
            boolean found = !selection.units().isEmpty();
            boolean goesOn = page.nextCursor() != null;
            if (found && goesOn) {
                hint(clock.instant());
            }
            place = found || !goesOn ? Place.BEGIN : new Place(page.nextCursor(), selection.held());
            return found || !goesOn || pages == 1 ? Future.succeededFuture(selection.units()) : due(target, pages - 1);
        });
    }

    private void failed(Throwable cause) {
        failures++;
        SendFailure why = SendFailure.of(cause);
        Duration pause = DeliveryRetries.pause(failures);
        pausedUntil = clock.instant().plus(pause.compareTo(why.retryAfter) < 0 ? why.retryAfter : pause);
        nextLook = Instant.MIN;
        LOG.trouble(name, "", "notifications for target " + name + " wait: " + why.getMessage(), null);
    }

    private void refused(SendFailure why) {
        if (why.concerns == Concerns.TARGET || refusals >= REFUSALS_IN_A_ROW) {
            failed(why);
            return;
        }
        reached();
        refusals++;
        LOG.trouble(name + " refuses", "", "target " + name + " refuses a notification: " + why.getMessage(), null);
    }

    private void well() {
        refusals = 0;
        reached();
    }

    private void reached() {
        if (failures > 0) {
            failures = 0;
            LOG.over(name);
        }
    }

    /** All or nothing of each batch, and until it succeeds. */
    private Future<Void> together(Target target, Sender sender, List<Unit> units) {
        Future<Void> done = Future.succeededFuture();
        for (int from = 0; from < units.size(); from += sender.atOnce()) {
            List<Unit> some = units.subList(from, Math.min(units.size(), from + sender.atOnce()));
            var members = new ArrayList<Delivery>();
            some.forEach(unit -> members.addAll(unit.members()));
            done = done.compose(before -> mayGoOn.getAsBoolean()
                    ? sender.send(target, some.stream().map(Unit::notice).toList())
                            .transform(sent -> {
                                if (sent.failed()) {
                                    return said(members.get(0), SendFailure.of(sent.cause()));
                                }
                                well();
                                return deliveries.arrived(members);
                            })
                    : Future.succeededFuture());
        }
        return done;
    }

    /** The oldest says why all wait. */
    private Future<Void> said(Delivery oldest, SendFailure why) {
        return (why.getMessage().equals(oldest.error())
                        ? Future.<Void>succeededFuture()
                        : deliveries.update(oldest.waiting(why.getMessage())))
                .transform(said -> Future.failedFuture(why));
    }

    /** @param held resources of which one did not arrive: what follows of them waits */
    private Future<Void> oneByOne(Target target, Sender sender, List<Unit> units, int from, Set<String> held) {
        int at = from;
        while (at < units.size() && waits(units.get(at), held)) {
            at++;
        }
        if (at == units.size() || !mayGoOn.getAsBoolean()) {
            return Future.succeededFuture();
        }
        Unit unit = units.get(at);
        int next = at + 1;
        return send(target, sender, unit).compose(arrived -> {
            if (!arrived) {
                unit.members().forEach(one -> held.add(one.notice().resource()));
            }
            return failures >= FAILURES_IN_A_ROW
                    ? Future.succeededFuture()
                    : oneByOne(target, sender, units, next, held);
        });
    }

    private static boolean waits(Unit unit, Set<String> held) {
        return unit.members().stream()
                .anyMatch(one -> held.contains(one.notice().resource()));
    }

    /** @return whether it arrived */
    private Future<Boolean> send(Target target, Sender sender, Unit unit) {
        return sender.send(target, List.of(unit.notice()))
                .<SendFailure>map(sent -> null)
                .recover(cause -> Future.succeededFuture(SendFailure.of(cause)))
                .compose(why -> {
                    if (why == null) {
                        well();
                        return deliveries.arrived(unit.members()).map(true);
                    }
                    refused(why);
                    return keep(unit, why).map(false);
                });
    }

    private Future<Void> keep(Unit unit, SendFailure why) {
        Future<Void> done = Future.succeededFuture();
        for (Delivery one : unit.members()) {
            int attempts = one.attempts() + 1;
            boolean dead = why.isFinal || attempts >= DeliveryRetries.MOST_ATTEMPTS;
            Instant next = clock.instant().plus(DeliveryRetries.wait(attempts, why.retryAfter));
            done = done.compose(before -> deliveries.update(one.failed(why.getMessage(), dead, next)));
            if (!dead) {
                hint(next);
            }
        }
        return done;
    }
}

package io.aiwm.inference.balance;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.route.GatewayConfig.Deployed;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/** Balances by what it sees itself: the calls that have places, and how they ended. One short lock; futures complete outside of it. */
public final class ReplicaBalancer implements Balancer {
    private static final long NEVER = Long.MAX_VALUE;

    private final BalanceRules rules;
    private final LongSupplier millis;
    private final OneShotTimer alarm;
    private final WakeRequests waking;
    private final Object lock = new Object();
    private final ReplicaChoice choice;
    private final FairQueue queue = new FairQueue();
    private final ServiceRate rate = new ServiceRate();
    private Deployed deployed;
    private int inFlight;
    private long alarmAt = NEVER;

    /** @param millis only pass; their beginning means nothing */
    public ReplicaBalancer(BalanceRules rules, LongSupplier millis, OneShotTimer alarm, Waker waker) {
        this(rules, millis, alarm, waker, ThreadLocalRandom.current().nextLong());
    }

    ReplicaBalancer(BalanceRules rules, LongSupplier millis, OneShotTimer alarm, Waker waker, long seed) {
        this.rules = rules;
        this.millis = millis;
        this.alarm = alarm;
        this.waking = new WakeRequests(waker);
        choice = new ReplicaChoice(rules, millis, seed);
    }

    @Override
    public void update(Deployed next) {
        var told = new ArrayList<Waiter>();
        synchronized (lock) {
            long now = millis.getAsLong();
            boolean first = deployed == null;
            deployed = next;
            choice.limit(next.concurrency(), next.yields());
            choice.replace(next.replicas(), now, first);
            Outliers.restoreHalf(choice.members(), now);
            serve(now, told);
            refuse(told);
        }
        told.forEach(Waiter::tell);
        setAlarm();
    }

    /** Refuses those for which nothing is left. */
    private void refuse(List<Waiter> told) {
        if (choice.members().isEmpty() && !deployed.onDemand()) {
            queue.removeIf(waiter -> true)
                    .forEach(waiter -> told.add(
                            waiter.isRefused(QueueRefusals.notReady(deployed).refused())));
        } else if (queue.isAnyChoosy() && !choice.members().isEmpty()) {
            queue.removeIf(waiter -> !choice.isAnyLeft(waiter.ask))
                    .forEach(waiter -> told.add(
                            waiter.isRefused(QueueRefusals.noneLeft(deployed).refused())));
        }
    }

    @Override
    public Future<Place> acquire(PlaceRequest ask) {
        if (ask.idleOnly()) {
            return acquireIdle(ask);
        }
        List<Waiter> told = List.of();
        Future<Place> found;
        synchronized (lock) {
            long now = millis.getAsLong();
            if (queue.size() > 0) {
                told = new ArrayList<>();
                serve(now, told); // who waits comes first where an ejection has just ended
            }
            ReplicaEntry member = choice.pick(ask, now);
            found = member == null ? waiting(ask, now) : Future.succeededFuture(held(member, 0, false));
        }
        told.forEach(Waiter::tell);
        if (!found.isComplete()) {
            wake(false);
            setAlarm();
        }
        return found;
    }

    @Override
    public void cancel(Future<Place> acquired) {
        synchronized (lock) {
            queue.removeIf(waiter -> waiter.future() == acquired);
        }
    }

    /** Takes what nobody else needs now. */
    private Future<Place> acquireIdle(PlaceRequest ask) {
        synchronized (lock) {
            ReplicaEntry member = queue.size() > 0 ? null : choice.pickIdle(ask, millis.getAsLong());
            if (member != null) {
                return Future.succeededFuture(held(member, 0, true));
            }
            boolean left = choice.members().isEmpty() || choice.isAnyLeft(ask);
            GatewayError why = left ? QueueRefusals.notIdle(deployed) : QueueRefusals.noneLeft(deployed);
            return Future.failedFuture(why.refused());
        }
    }

    @Override
    public int idlePlaces() {
        int places;
        synchronized (lock) {
            places = queue.size() > 0 ? 0 : choice.idlePlaces(millis.getAsLong());
        }
        wake();
        return places;
    }

    @Override
    public void wake() {
        boolean asleep;
        synchronized (lock) {
            asleep = deployed != null && deployed.onDemand();
        }
        wake(asleep);
    }

    private Future<Place> waiting(PlaceRequest ask, long now) {
        GatewayError refusal = refusal(ask, now);
        if (refusal != null) {
            return Future.failedFuture(refusal.refused());
        }
        var waiter = new Waiter(ask, now);
        queue.add(waiter);
        return waiter.future();
    }

    /** Why it cannot wait; null: it can. */
    private GatewayError refusal(PlaceRequest ask, long now) {
        boolean none = choice.members().isEmpty();
        if (none && (deployed == null || !deployed.onDemand())) {
            return QueueRefusals.notReady(deployed);
        }
        if (!none && !choice.isAnyLeft(ask)) {
            return QueueRefusals.noneLeft(deployed);
        }
        int most = deployed.queue() <= 0 ? rules.queue() : deployed.queue();
        if (queue.size() >= most) {
            return QueueRefusals.full(deployed, queue.size(), rate.secondsFor(queue.size() + 1, now));
        }
        return ask.waitMillis() <= 0 ? timeout(now) : null;
    }

    private GatewayError timeout(long now) {
        return QueueRefusals.timeout(deployed, rate.secondsFor(queue.size() + 1, now));
    }

    private HeldPlace held(ReplicaEntry member, long waited, boolean background) {
        member.outstanding++;
        member.background += background ? 1 : 0;
        inFlight++;
        return new HeldPlace(member, waited, background, this::end, this::count);
    }

    private void serve(long now, List<Waiter> told) {
        while (queue.size() > 0) {
            boolean open = choice.isOpen(now);
            if (!open && !queue.isAnyChoosy()) {
                return;
            }
            var member = new ReplicaEntry[1];
            Waiter next = queue.next(waiter -> {
                boolean may = open || !waiter.ask.not().isEmpty();
                member[0] = may ? choice.pick(waiter.ask, now) : null;
                return member[0] != null;
            });
            if (next == null) {
                return;
            }
            told.add(next.gets(held(member[0], now - next.since, false)));
        }
    }

    private void end(HeldPlace held, Place.Outcome outcome) {
        List<Waiter> told = List.of();
        synchronized (lock) {
            if (held.ended) {
                return;
            }
            held.ended = true;
            long now = millis.getAsLong();
            ReplicaEntry member = held.member;
            member.outstanding--;
            member.background -= held.background ? 1 : 0;
            inFlight -= held.counted ? 1 : 0;
            choice.dropIfGone(member);
            rate.ended(now);
            switch (outcome) {
                case SUCCEEDED -> member.succeeded(now);
                case FAILED -> Outliers.failed(member, choice.members(), now);
                case NEUTRAL -> {}
            }
            if (queue.size() > 0) {
                told = new ArrayList<>();
                serve(now, told);
            }
        }
        told.forEach(Waiter::tell);
        // one that is ejected now may be what the others wait for
        if (outcome == Place.Outcome.FAILED) {
            setAlarm();
        }
    }

    private void count(HeldPlace held) {
        synchronized (lock) {
            boolean counts = !held.quiet;
            if (!held.ended && held.counted != counts) {
                held.counted = counts;
                inFlight += counts ? 1 : -1;
            }
        }
    }

    /** @param wanted also where no call waits */
    private void wake(boolean wanted) {
        String sleeper;
        synchronized (lock) {
            boolean asleep = (wanted || queue.size() > 0) && choice.members().isEmpty();
            sleeper = asleep && waking.isDue(millis.getAsLong()) ? deployed.id() : null;
        }
        if (sleeper != null) {
            waking.wake(sleeper);
        }
    }

    private void setAlarm() {
        long at;
        long wait;
        synchronized (lock) {
            at = nextAlarm();
            if (at >= alarmAt) {
                return;
            }
            alarmAt = at;
            wait = Math.max(0, at - millis.getAsLong());
        }
        alarm.in(wait, () -> ring(at));
    }

    private long nextAlarm() {
        if (queue.size() == 0) {
            return NEVER;
        }
        long next = queue.firstDeadline();
        if (choice.members().isEmpty()) {
            return Math.min(next, waking.next());
        }
        return Math.min(next, Outliers.firstEnd(choice.members(), millis.getAsLong(), NEVER));
    }

    private void ring(long at) {
        var told = new ArrayList<Waiter>();
        synchronized (lock) {
            if (alarmAt != at) {
                return; // an earlier one took its place
            }
            long now = millis.getAsLong();
            alarmAt = NEVER;
            serve(now, told);
            queue.removeIf(waiter -> waiter.deadline <= now)
                    .forEach(waiter -> told.add(waiter.isRefused(timeout(now).refused())));
        }
        told.forEach(Waiter::tell);
        wake(false);
        setAlarm();
    }

    @Override
    public int inFlight() {
        synchronized (lock) {
            return inFlight;
        }
    }

    @Override
    public int waiting() {
        synchronized (lock) {
            return queue.size();
        }
    }
}

package io.aiwm.inference.balance;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.aiwm.inference.route.GatewayConfig.Replica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Which replica takes a call: that of its session, or else one that has seen most of its prompt, or else one of those with the fewest
 * calls. Guarded by the balancer's lock.
 */
final class ReplicaChoice {
    /** Calls at once that an idle replica takes whose concurrency is not limited; of a limit it is half. */
    private static final int IDLE_CALLS = 8;

    private final BalanceRules rules;
    private final SplittableRandom random;
    private final Cache<String, ReplicaEntry> sessions;
    private final List<ReplicaEntry> members = new ArrayList<>();
    /** Those that are there, and those that are gone and still have calls: one of them may come back. By id. */
    private final Map<String, ReplicaEntry> known = new HashMap<>();

    private PrefixMemory prefixes;
    private int limit = Integer.MAX_VALUE;

    ReplicaChoice(BalanceRules rules, LongSupplier millis, long seed) {
        this.rules = rules;
        random = new SplittableRandom(seed);
        sessions = Caffeine.newBuilder()
                .maximumSize(rules.sessions())
                .expireAfterAccess(rules.sessionLifetime())
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(millis.getAsLong()))
                .executor(Runnable::run)
                .build();
    }

    List<ReplicaEntry> members() {
        return members;
    }

    /** @param concurrency calls at once per replica; 0: not limited. @param closed whether none gets a new call */
    void limit(int concurrency, boolean closed) {
        int open = concurrency <= 0 ? Integer.MAX_VALUE : concurrency;
        limit = closed ? 0 : open;
    }

    /** @param warm whether those that are new take a full share at once */
    void replace(List<Replica> replicas, long now, boolean warm) {
        members.forEach(member -> member.present = false);
        members.clear();
        for (Replica replica : replicas) {
            ReplicaEntry member =
                    known.computeIfAbsent(replica.id(), id -> new ReplicaEntry(replica, rules, now, warm));
            if (!member.present) {
                member.present = true;
                member.isNow(replica);
                members.add(member);
            }
        }
        for (ReplicaEntry member : List.copyOf(known.values())) {
            if (!member.present && prefixes != null) {
                prefixes.forget(member);
            }
            dropIfGone(member);
        }
    }

    void dropIfGone(ReplicaEntry member) {
        if (!member.present && member.outstanding == 0) {
            known.remove(member.id(), member);
        }
    }

    boolean hasPlace(ReplicaEntry member) {
        return member.outstanding < limit;
    }

    /** Whether any call that has not failed anywhere would find a place. */
    boolean isOpen(long now) {
        for (ReplicaEntry member : members) {
            if (hasPlace(member) && !member.isEjected(now)) {
                return true;
            }
        }
        return false;
    }

    /** Whether there is a replica that has not failed this call. */
    boolean isAnyLeft(PlaceRequest ask) {
        for (ReplicaEntry member : members) {
            if (!ask.not().contains(member.id())) {
                return true;
            }
        }
        return false;
    }

    /** The idle replica with the fewest calls; null: there is none. */
    ReplicaEntry pickIdle(PlaceRequest ask, long now) {
        ReplicaEntry best = null;
        for (ReplicaEntry each : members) {
            boolean takes = each.outstanding < idlePlaces(each, now) && isAllowed(each, ask);
            if (takes && (best == null || each.outstanding < best.outstanding)) {
                best = each;
            }
        }
        return best;
    }

    int idlePlaces(long now) {
        int places = 0;
        for (ReplicaEntry each : members) {
            places += idlePlaces(each, now);
        }
        return places;
    }

    private int idlePlaces(ReplicaEntry member, long now) {
        if (limit == 0 || member.outstanding > member.background || member.isEjected(now)) {
            return 0;
        }
        return limit == Integer.MAX_VALUE ? IDLE_CALLS : Math.max(1, limit / 2);
    }

    /** Null where all that may take it have no place. */
    ReplicaEntry pick(PlaceRequest ask, long now) {
        ReplicaEntry chosen = ofSession(ask, now);
        if (chosen == null) {
            chosen = ofPrefix(ask, now);
        }
        if (chosen == null) {
            chosen = idlest(ask, now);
        }
        if (chosen != null) {
            remember(ask, chosen, now);
        }
        return chosen;
    }

    private boolean takes(ReplicaEntry member, PlaceRequest ask, long now) {
        return member.present && hasPlace(member) && !member.isEjected(now) && isAllowed(member, ask);
    }

    private static boolean isAllowed(ReplicaEntry member, PlaceRequest ask) {
        return ask.not().isEmpty() || !ask.not().contains(member.id());
    }

    private ReplicaEntry ofSession(PlaceRequest ask, long now) {
        if (ask.session() == null) {
            return null;
        }
        ReplicaEntry known = sessions.getIfPresent(ask.session());
        return known != null && takes(known, ask, now) ? known : null;
    }

    /** At least half of the blocks must match: what all callers begin with, such as a system prompt, draws no call. */
    private ReplicaEntry ofPrefix(PlaceRequest ask, long now) {
        long[] blocks = ask.prefix();
        if (blocks.length == 0 || prefixes == null) {
            return null;
        }
        int most = Integer.MAX_VALUE;
        for (int i = blocks.length - 1; i >= blocks.length / 2; i--) {
            ReplicaEntry known = prefixes.of(blocks[i]);
            if (known != null && takes(known, ask, now)) {
                most = most == Integer.MAX_VALUE ? fewest(now) + rules.slack() : most;
                if (known.outstanding <= most) {
                    return known;
                }
            }
        }
        return null;
    }

    private int fewest(long now) {
        int fewest = Integer.MAX_VALUE - rules.slack();
        for (ReplicaEntry member : members) {
            if (!member.isEjected(now)) {
                fewest = Math.min(fewest, member.outstanding);
            }
        }
        return fewest;
    }

    private ReplicaEntry idlest(PlaceRequest ask, long now) {
        int size = members.size();
        if (size == 0) {
            return null;
        }
        ReplicaEntry best = null;
        ReplicaEntry slow = null;
        boolean ejectedOnly = true;
        double least = Double.MAX_VALUE;
        int first = size == 1 ? 0 : random.nextInt(size);
        for (int i = 0; i < size; i++) {
            ReplicaEntry each = members.get(first + i < size ? first + i : first + i - size);
            if (each.isEjected(now) || !isAllowed(each, ask)) {
                continue;
            }
            ejectedOnly = false;
            if (!hasPlace(each)) {
                continue;
            }
            double share = each.share(now);
            if (share < 1 && random.nextDouble() >= share) {
                slow = slow == null || each.outstanding < slow.outstanding ? each : slow;
            } else if (each.outstanding / share < least) {
                least = each.outstanding / share;
                best = each;
            }
        }
        if (best == null && slow == null && ejectedOnly) {
            return ejected(ask); // better than nothing, and only where nothing else is left
        }
        return best == null ? slow : best;
    }

    private ReplicaEntry ejected(PlaceRequest ask) {
        for (ReplicaEntry member : members) {
            if (hasPlace(member) && isAllowed(member, ask)) {
                return member;
            }
        }
        return null;
    }

    private void remember(PlaceRequest ask, ReplicaEntry chosen, long now) {
        if (ask.session() != null) {
            ReplicaEntry known = sessions.getIfPresent(ask.session());
            // one that only has no place at the moment stays the session's own
            if (known == null || !known.present || known.isEjected(now) || !isAllowed(known, ask)) {
                sessions.put(ask.session(), chosen);
            }
        }
        if (ask.prefix().length > 0 && members.size() > 1) {
            if (prefixes == null) {
                prefixes = new PrefixMemory(rules.prefixes());
            }
            for (long block : ask.prefix()) {
                prefixes.put(block, chosen);
            }
        }
    }
}

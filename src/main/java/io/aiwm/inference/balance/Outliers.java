package io.aiwm.inference.balance;

import java.util.Comparator;
import java.util.List;

/** Takes replicas that fail out for a while, never more than half of them. Guarded by the balancer's lock. */
final class Outliers {
    private Outliers() {}

    static void failed(ReplicaEntry member, List<ReplicaEntry> all, long now) {
        if (member.failed(now) && member.present && ejected(all, now) + 1 <= all.size() / 2) {
            member.eject(now);
        }
    }

    /** When replicas have gone, those that are ejected may be too many: the ones that would come back first do so now. */
    static void restoreHalf(List<ReplicaEntry> all, long now) {
        int tooMany = ejected(all, now) - all.size() / 2;
        if (tooMany > 0) {
            all.stream()
                    .filter(member -> member.isEjected(now))
                    .sorted(Comparator.comparingLong(ReplicaEntry::ejectedUntil))
                    .limit(tooMany)
                    .forEach(member -> member.restore(now));
        }
    }

    /** When the first of them that is ejected comes back. @param none what is returned when there is none */
    static long firstEnd(List<ReplicaEntry> all, long now, long none) {
        long first = none;
        for (ReplicaEntry member : all) {
            first = member.isEjected(now) ? Math.min(first, member.ejectedUntil()) : first;
        }
        return first;
    }

    private static int ejected(List<ReplicaEntry> all, long now) {
        int count = 0;
        for (ReplicaEntry member : all) {
            count += member.isEjected(now) ? 1 : 0;
        }
        return count;
    }
}

package io.aiwm.inference.call;

import io.aiwm.common.Ids;
import io.aiwm.inference.Caller;
import io.aiwm.inference.balance.Place;
import io.aiwm.inference.usage.CallUsageBuilder;

/** What is told of a call when it ends. */
final class CallReport {
    /** Stands for the model of a call that names none that there is: such names may be anything, and endlessly many. */
    static final String UNKNOWN = "unknown";

    private CallReport() {}

    /** Begins it with what is known of every call. */
    static CallUsageBuilder begin(CallLoop loop, Caller caller, Call.Trace trace) {
        return CallUsageBuilder.builder()
                .id(Ids.next("call"))
                .at(loop.shared.told().clock().instant())
                .keyId(caller.keyId())
                .user(caller.user())
                .team(caller.team())
                .firstTokenMillis(-1)
                .durationMillis((System.nanoTime() - trace.arrivedNanos()) / 1_000_000);
    }

    /** Adds whose replica answered. @param pool null: none was chosen. @param place null: none was taken */
    static CallUsageBuilder by(CallUsageBuilder report, Pool pool, Place place) {
        boolean external = pool != null && pool.external() != null;
        return report.deploymentId(pool == null || external ? null : pool.id())
                .endpointId(external ? pool.id() : null)
                .replicaId(place == null ? null : place.replica().id())
                .nodeId(place == null ? null : place.replica().nodeId());
    }

    /** @param firstByteNanos 0: nothing has come */
    static long firstMillis(Call.Trace trace, long firstByteNanos) {
        return firstByteNanos == 0 ? -1 : (firstByteNanos - trace.arrivedNanos()) / 1_000_000;
    }
}

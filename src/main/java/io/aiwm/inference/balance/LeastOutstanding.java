package io.aiwm.inference.balance;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** The replica with the fewest calls takes the next one. Without limits; none waits. */
public final class LeastOutstanding implements Balancer {
    private final Map<String, Integer> outstanding = new HashMap<>();
    private GatewayConfig.Deployed deployed;
    private int inFlight;

    public LeastOutstanding(GatewayConfig.Deployed deployed) {
        this.deployed = deployed;
    }

    @Override
    public synchronized void update(GatewayConfig.Deployed now) {
        deployed = now;
    }

    @Override
    public synchronized Future<Place> acquire(Ask ask) {
        List<GatewayConfig.Replica> replicas = deployed.replicas();
        if (replicas.isEmpty()) {
            return Future.failedFuture(GatewayError.of(503, "model_not_ready", "the model has no replica that is ready")
                    .refused());
        }
        GatewayConfig.Replica best = null;
        int begin = ThreadLocalRandom.current().nextInt(replicas.size());
        for (int i = 0; i < replicas.size(); i++) {
            GatewayConfig.Replica each = replicas.get((begin + i) % replicas.size());
            if (!ask.not().contains(each.id()) && (best == null || calls(each) < calls(best))) {
                best = each;
            }
        }
        if (best == null) {
            return Future.failedFuture(GatewayError.of(503, "no_replica_left", "no other replica can take the call")
                    .refused());
        }
        outstanding.merge(best.id(), 1, Integer::sum);
        inFlight++;
        return Future.succeededFuture(new Held(best));
    }

    private int calls(GatewayConfig.Replica replica) {
        return outstanding.getOrDefault(replica.id(), 0);
    }

    private synchronized void end(GatewayConfig.Replica replica) {
        outstanding.computeIfPresent(replica.id(), (id, calls) -> calls == 1 ? null : calls - 1);
        inFlight--;
    }

    @Override
    public synchronized int inFlight() {
        return inFlight;
    }

    @Override
    public int waiting() {
        return 0;
    }

    private final class Held implements Place {
        private final GatewayConfig.Replica replica;
        private boolean ended;

        Held(GatewayConfig.Replica replica) {
            this.replica = replica;
        }

        @Override
        public GatewayConfig.Replica replica() {
            return replica;
        }

        @Override
        public long waitedMillis() {
            return 0;
        }

        @Override
        public void end(Outcome outcome) {
            synchronized (LeastOutstanding.this) {
                if (!ended) {
                    ended = true;
                    LeastOutstanding.this.end(replica);
                }
            }
        }
    }
}

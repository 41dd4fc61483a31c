package io.aiwm.worker.proxy;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.inference.limit.Allowances;
import io.aiwm.protocol.ProxyLease;
import io.aiwm.protocol.ProxyLeased;
import io.aiwm.worker.command.Uplink;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/** The ledger at the other end of the link. One exchange at a time; a newer one gives up the one before. Safe for all threads. */
final class LinkAllowances implements Allowances {
    private final Uplink uplink;
    private long askId;
    private int asked;
    private Promise<List<Told>> answer;
    private volatile int gateways = 1;

    LinkAllowances(Uplink uplink) {
        this.uplink = uplink;
    }

    @Override
    public Future<List<Told>> exchange(String holder, List<Report> reports) {
        Promise<List<Told>> fresh = Promise.promise();
        Promise<List<Told>> before;
        long id;
        synchronized (this) {
            before = answer;
            answer = fresh;
            asked = reports.size();
            id = ++askId;
        }
        if (before != null) {
            before.tryFail(new Failure(Failure.Kind.UNAVAILABLE, "the controller did not answer"));
        }
        var lease = new ProxyLease(
                null, id, holder, reports.stream().map(Json::toObject).toList());
        uplink.send(ProxyLease.TYPE, Json.toObject(lease), null);
        return fresh.future();
    }

    /** An answer to an earlier question is dropped. */
    void leased(ProxyLeased leased) {
        Promise<List<Told>> waiting;
        synchronized (this) {
            if (answer == null || leased.askId() != askId || leased.told().size() != asked) {
                return;
            }
            waiting = answer;
            answer = null;
        }
        gateways = Math.max(1, leased.gateways());
        waiting.tryComplete(leased.told().stream()
                .map(each -> Json.decode(each, Told.class))
                .toList());
    }

    /** How many share the limits, as last told. */
    int gateways() {
        return gateways;
    }
}

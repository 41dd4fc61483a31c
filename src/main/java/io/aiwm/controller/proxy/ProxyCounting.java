package io.aiwm.controller.proxy;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.inference.limit.Allowances;
import io.aiwm.inference.limit.LeaseHolders;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.protocol.ProxyLease;
import io.aiwm.protocol.ProxyLeased;
import io.aiwm.protocol.ProxyUsage;
import io.aiwm.protocol.ProxyUsageAck;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntSupplier;

/**
 * Counts what proxies use.
 *
 * @param allowances what they may use of limits
 * @param gateways how many share these
 */
public record ProxyCounting(UsageBatches usage, Allowances allowances, IntSupplier gateways) {
    /** Counts calls. Fails with INVALID where they cannot be counted. */
    Future<ProxyUsageAck> take(String nodeId, ProxyUsage batch) {
        if (batch.sequence() < 1 || batch.calls().size() > ProxyUsage.MOST_CALLS || hasGap(batch.calls())) {
            throw Failure.invalid(
                    "/data", "must be a sequence from 1 on and at most " + ProxyUsage.MOST_CALLS + " calls");
        }
        var calls = new ArrayList<CallUsage>(batch.calls().size());
        batch.calls().forEach(call -> calls.add(Json.decode(call, CallUsage.class)));
        // one node cannot spoil what another has counted
        return usage.take(nodeId + "/" + batch.gatewayId(), batch.sequence(), calls)
                .map(counted -> new ProxyUsageAck(batch.gatewayId(), batch.sequence()));
    }

    /** Gives parts of limits, and takes what was used of them. Fails with INVALID where a report cannot be read. */
    Future<ProxyLeased> lease(String nodeId, ProxyLease lease) {
        if (lease.reports().size() > ProxyLease.MOST_REPORTS || hasGap(lease.reports())) {
            throw Failure.invalid("/data/reports", "must be at most " + ProxyLease.MOST_REPORTS);
        }
        var reports = new ArrayList<Allowances.Report>(lease.reports().size());
        for (JsonObject each : lease.reports()) {
            Allowances.Report report = Json.decode(each, Allowances.Report.class);
            if (report.account() == null
                    || report.account().subject() == null
                    || report.account().kind() == null) {
                throw Failure.invalid("/data/reports", "must each have an account with a subject and a kind");
            }
            reports.add(report);
        }
        return allowances
                .exchange(LeaseHolders.at(nodeId, lease.holder()), reports)
                .map(told -> new ProxyLeased(
                        lease.askId(),
                        gateways.getAsInt(),
                        told.stream().map(Json::toObject).toList()));
    }

    /** Whether something is missing in a list that a worker has sent. */
    static boolean hasGap(List<?> list) {
        return list.stream().anyMatch(Objects::isNull);
    }
}

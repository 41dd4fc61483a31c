package io.aiwm.controller.gateway;

import io.aiwm.common.Failure;
import io.aiwm.protocol.ProxyLease;
import io.aiwm.protocol.ProxyLeased;
import io.aiwm.protocol.ProxyState;
import io.aiwm.protocol.ProxyUsage;
import io.aiwm.protocol.ProxyUsageAck;
import io.vertx.core.Future;

/** What is wanted of proxies. The node id is the session's, never the message's. */
public interface ProxyReports {
    /** Where no gateway is. */
    ProxyReports NONE = new ProxyReports() {
        @Override
        public void state(String nodeId, ProxyState state) {
            throw new Failure(Failure.Kind.UNAVAILABLE, "this controller serves no proxies");
        }

        @Override
        public Future<ProxyUsageAck> usage(String nodeId, ProxyUsage usage) {
            return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "this controller serves no proxies"));
        }

        @Override
        public Future<ProxyLeased> lease(String nodeId, ProxyLease lease) {
            return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "this controller serves no proxies"));
        }
    };

    /** Throws FORBIDDEN where the node's role is not proxy. */
    void state(String nodeId, ProxyState state);

    /** Succeeds when it is counted and stored, or was before. */
    Future<ProxyUsageAck> usage(String nodeId, ProxyUsage usage);

    /** What a proxy may use of limits. */
    Future<ProxyLeased> lease(String nodeId, ProxyLease lease);
}

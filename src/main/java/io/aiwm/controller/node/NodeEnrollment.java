package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.IssuedToken;
import io.aiwm.controller.gateway.Admission.Admitted;
import io.aiwm.controller.gateway.Admission.NewToken;
import io.aiwm.protocol.NodeRegister;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Gives tokens to nodes that come without one, and makes the nodes that there are not yet. Thread-safe. */
final class NodeEnrollment {
    private final Nodes nodes;
    private final NodeTokens tokens;
    private final Set<String> beingAdmitted = ConcurrentHashMap.newKeySet();
    /** Tokens given out, by node, until the node's first heartbeat shows that the answer arrived. */
    private final Map<String, String> unproven = new ConcurrentHashMap<>();

    NodeEnrollment(Nodes nodes, NodeTokens tokens) {
        this.nodes = nodes;
        this.tokens = tokens;
    }

    /** Fails with INVALID where this cannot be a node, with CONFLICT while the same node is being registered. */
    Future<NewToken> issue(NodeRegister registration) {
        String id = registration.nodeId();
        try {
            WorkerLimits.taken(registration); // before a node is made of it
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
        if (!NewNode.isId(id)) {
            return Future.failedFuture(Failure.invalid("/data/nodeId", "cannot be the id of a node"));
        }
        if (!beingAdmitted.add(id)) {
            return Future.failedFuture(Failure.conflict("node " + id + " is being registered"));
        }
        return findOrCreate(id)
                .compose(node -> tokens.issueFirst(node))
                .map((IssuedToken issued) -> {
                    unproven.put(id, issued.tokenId());
                    return new NewToken(new Admitted(id, issued.tokenId(), issued.expiresAt()), issued.token());
                })
                .onComplete(done -> beingAdmitted.remove(id));
    }

    private Future<Node> findOrCreate(String id) {
        return nodes.get(id)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? nodes.create(NewNodeBuilder.builder().id(id).build())
                        : Future.failedFuture(cause));
    }

    /** A node was heard: its token has arrived, and counts as used. */
    void heard(String nodeId) {
        if (unproven.isEmpty()) {
            return;
        }
        String firstToken = unproven.remove(nodeId);
        if (firstToken != null) {
            tokens.used(firstToken);
        }
    }
}

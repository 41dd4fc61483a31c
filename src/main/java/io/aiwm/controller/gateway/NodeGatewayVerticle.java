package io.aiwm.controller.gateway;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.List;

/** Listens for workers on the event bus; those on WebSocket come in through the HTTP port. */
public final class NodeGatewayVerticle extends VerticleBase {
    private final NodeGateway gateway;
    private List<MessageConsumer<?>> consumers = List.of();

    public NodeGatewayVerticle(NodeGateway gateway) {
        this.gateway = gateway;
    }

    @Override
    public Future<?> start() {
        consumers = new BusGateway(vertx, gateway).start();
        return Future.join(consumers.stream().map(MessageConsumer::completion).toList());
    }

    @Override
    public Future<?> stop() {
        return Future.join(consumers.stream().map(MessageConsumer::unregister).toList())
                .onComplete(done -> gateway.sessions()
                        .closeWhere(session -> true, CloseCode.RESTARTING, "the controller is restarting"));
    }
}

package io.aiwm.worker.link;

import io.aiwm.boot.Config;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.RegisterAck;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** A way to the controllers. Everything happens on the context it is opened from; failures are {@link LinkEnding}s. */
interface Transport {
    /** The one that the settings name. @param ownProcess false: the controller is in this process */
    static Transport of(Vertx vertx, Config.Worker config, boolean ownProcess) {
        if (!ownProcess) {
            return new LocalTransport(vertx);
        }
        return config.controllerUrl() == null
                ? new ClusterTransport(vertx)
                : new WebSocketTransport(vertx, config.controllerUrl(), config.controllerCa());
    }

    /** Succeeds when a controller will take a registration. */
    Future<Channel> open(Identity identity, Listener listener);

    /** Receives the events of a channel; none before it is open, none after it has ended. */
    interface Listener {
        void message(Envelope message);

        void ended(LinkEnding ending);
    }

    interface Channel {
        /** Which node the controller takes us for; what the identity says where the transport has no handshake. */
        String nodeId();

        /** Succeeds with an answer that may be a refusal. */
        Future<RegisterAck> register(NodeRegister registration);

        /** Best effort; dropped when too much waits already. */
        void send(Envelope message);

        /** Closes without a call of the listener. Succeeds when what was sent before has left. */
        Future<Void> close();
    }
}

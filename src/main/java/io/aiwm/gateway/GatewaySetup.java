package io.aiwm.gateway;

import io.aiwm.boot.Config;
import io.aiwm.inference.GatewaySettings;
import io.aiwm.inference.GatewaySettingsBuilder;
import java.net.InetAddress;
import java.util.function.Predicate;

/** Limits of a gateway, as they are set. */
public final class GatewaySetup {
    private GatewaySetup() {}

    public static GatewaySettings settings(Config.Inference from) {
        return GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                .maxBodyBytes(Math.toIntExact(from.maxBodyBytes()))
                .heldBodyBytes(
                        from.heldBodyBytes() == 0 ? GatewaySettings.DEFAULTS.heldBodyBytes() : from.heldBodyBytes())
                .receive(from.receiveTimeout())
                .queue(from.queueTimeout())
                .firstByte(from.firstByteTimeout())
                .idle(from.idleTimeout())
                .proxyConcurrency(from.proxyConcurrency())
                .attempts(from.retries() + 1)
                .internalEndpoints(from.internalEndpoints())
                .build();
    }

    /** Whether a replica may be called at an address. */
    public static Predicate<InetAddress> replicas(Config.Inference from) {
        return address -> from.replicaNetworks().isEmpty()
                || from.replicaNetworks().stream().anyMatch(network -> network.contains(address));
    }
}

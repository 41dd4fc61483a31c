package io.aiwm.inference;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;

/**
 * Limits of a gateway.
 *
 * @param maxBodyBytes of a call; larger ones are refused with 413
 * @param heldBodyBytes of requests and answers of all calls together; those that find no room are refused with 503
 * @param receive within which a call's body must have come
 * @param connect to an upstream
 * @param queue how long a call waits for a place at a replica
 * @param firstByte of an answer's body
 * @param idle between two pieces of an answer
 * @param proxyConcurrency calls below {@code /proxy} that one replica has at once, apart from those of models
 * @param recheck how often it is asked again whether the caller of an open {@code /proxy} may still call
 * @param attempts at upstreams, of one call
 * @param maxLineBytes of a line of server-sent events
 * @param internalEndpoints whether external endpoints may have internal addresses
 */
@RecordBuilder
public record GatewaySettings(
        int maxBodyBytes,
        long heldBodyBytes,
        Duration receive,
        Duration connect,
        Duration queue,
        Duration firstByte,
        Duration idle,
        int proxyConcurrency,
        Duration recheck,
        int attempts,
        int maxLineBytes,
        boolean internalEndpoints) {

    public static final GatewaySettings DEFAULTS = GatewaySettingsBuilder.builder()
            .maxBodyBytes(32 << 20)
            .heldBodyBytes(Runtime.getRuntime().maxMemory() / 8)
            .receive(Duration.ofSeconds(60))
            .connect(Duration.ofSeconds(5))
            .queue(Duration.ofSeconds(60))
            .firstByte(Duration.ofSeconds(600))
            .idle(Duration.ofSeconds(60))
            .proxyConcurrency(256)
            .recheck(Duration.ofSeconds(15))
            .attempts(3)
            .maxLineBytes(16 << 20)
            .internalEndpoints(false)
            .build();
}

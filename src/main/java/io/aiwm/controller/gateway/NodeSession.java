package io.aiwm.controller.gateway;

import java.time.Instant;

/**
 * A registered worker, as long as it is connected. The id is unguessable and names the session in every message; a newer
 * session of the same node makes it void.
 *
 * @param tokenId which token opened it; null where none did
 * @param expiresAt when that token ends, and the session with it; null: never
 */
record NodeSession(String id, String nodeId, String tokenId, Instant expiresAt, Channel channel) {}

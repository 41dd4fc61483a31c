package io.aiwm.controller.auth;

import java.time.Instant;

/**
 * Who calls, as its token says.
 *
 * @param name user name, or node id for NODE
 * @param tokenId the token's jti, by which it can be revoked
 */
public record Principal(String name, Role role, String tokenId, Instant expiresAt) {}

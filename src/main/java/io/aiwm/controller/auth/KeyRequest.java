package io.aiwm.controller.auth;

import io.aiwm.inference.limit.KeyLimits;

/**
 * A wish for a new API key.
 *
 * @param role at most the caller's own
 * @param expiresIn seconds; null: never
 * @param scope null: all
 * @param team null: that of its owner
 * @param limits null: none
 */
public record KeyRequest(String name, Role role, Long expiresIn, KeyScope scope, String team, KeyLimits limits) {}

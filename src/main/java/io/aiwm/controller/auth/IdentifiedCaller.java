package io.aiwm.controller.auth;

/**
 * Whose credential it is, and with what it may call models.
 *
 * @param key null: a signed token
 * @param team of the key, or else of the user; null: none
 */
public record IdentifiedCaller(Principal principal, ApiKey key, String team) {}

/**
 * The callers of the API: users, passwords, API keys and the tokens of users and nodes. It imports {@code common}, {@code
 * controller.store}, the limits of {@code inference}, the secrets of {@code boot} and the key derivation of {@code protocol}; it knows no HTTP.
 *
 * <p>{@link io.aiwm.controller.auth.Users} and {@link io.aiwm.controller.auth.ApiKeys} are the only writers of their records,
 * {@link io.aiwm.controller.auth.JwtTokens} issues and checks tokens, and {@link io.aiwm.controller.auth.Callers} returns the
 * {@link io.aiwm.controller.auth.Principal} of a token or key.
 */
package io.aiwm.controller.auth;

/**
 * The inference gateway as it runs on controllers and on workers of role {@code proxy}: takes calls in the dialects of OpenAI and
 * Anthropic, finds a replica, passes the answer on as it comes, and counts. It knows neither records nor the node protocol: it is
 * given a {@link io.aiwm.inference.route.GatewayConfig}, a {@link io.aiwm.inference.CallerSource}, a
 * {@link io.aiwm.inference.limit.Limiter} and a {@link io.aiwm.inference.usage.UsageSink}.
 */
package io.aiwm.inference;

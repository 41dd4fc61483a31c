package io.aiwm.controller.inference;

import io.aiwm.controller.secret.SecretRef;

/** What an endpoint is to be; the contract checks each field, {@link EndpointRules} the URL. @param concurrency null: not limited */
public record EndpointRequest(String baseUrl, SecretRef authorization, String upstreamModel, Integer concurrency) {}

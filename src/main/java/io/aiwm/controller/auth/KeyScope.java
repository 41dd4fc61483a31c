package io.aiwm.controller.auth;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What an API key opens; a key without one opens all that its role allows. */
public enum KeyScope {
    /** Only {@code /v1} and {@code /proxy}. */
    @JsonProperty("inference")
    INFERENCE
}

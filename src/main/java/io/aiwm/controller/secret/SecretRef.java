package io.aiwm.controller.secret;

/** Names a stored secret where its value is meant: {@code {"secret": "hf"}}. @param secret its name */
public record SecretRef(String secret) {}

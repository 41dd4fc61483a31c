package io.aiwm.protocol;

/**
 * The answer to {@link FileRead}.
 *
 * @param data in base 64
 * @param sizeBytes of the whole file
 */
public record FileRange(String data, long sizeBytes) {}

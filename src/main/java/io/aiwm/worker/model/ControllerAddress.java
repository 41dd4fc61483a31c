package io.aiwm.worker.model;

import java.net.URI;
import java.nio.file.Path;

/**
 * How this worker reaches its controller.
 *
 * @param url null: over the event bus
 * @param authorities PEM file of those that its certificate may come from; null: those of the JVM
 */
public record ControllerAddress(URI url, Path authorities) {}

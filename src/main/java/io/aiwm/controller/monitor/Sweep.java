package io.aiwm.controller.monitor;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * A periodic duty that finds what a lost hint left standing.
 *
 * @param name for the log
 * @param every how often; the next run starts after the last has ended
 */
public record Sweep(String name, Duration every, Supplier<Future<Void>> run) {}

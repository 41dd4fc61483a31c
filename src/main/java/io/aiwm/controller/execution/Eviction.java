package io.aiwm.controller.execution;

import io.aiwm.protocol.ErrorCategory;
import java.time.Instant;

/**
 * An open attempt is being taken from its node. The worker was told to stop; until it confirms, the attempt keeps what it
 * claimed. Then the step is queued again, without using up a retry.
 *
 * @param kind {@link ErrorCategory#PREEMPTED} or {@link ErrorCategory#DRAINED}
 * @param why in words
 */
public record Eviction(ErrorCategory kind, String why, Instant at) {}

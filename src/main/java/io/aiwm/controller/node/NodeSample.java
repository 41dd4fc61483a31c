package io.aiwm.controller.node;

import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.SystemInfo;
import java.time.Instant;
import java.util.List;

/** The newest that a node's probes saw. @param containers as of the last full sample; null: none yet */
public record NodeSample(Instant at, SystemInfo system, List<Metrics.ContainerStats> containers) {}

package io.aiwm.controller.drain;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * How far a drain is.
 *
 * @param state DRAINING, COMPLETE or STOPPED
 * @param complete how many things have left since it began
 * @param migrating how many are on their way
 * @param blocked how many can go nowhere else; they hold the drain until they end, are stopped, or it is forced
 * @param remaining how many are still there, those on their way included
 */
@RecordBuilder
public record DrainProgress(
        String nodeId,
        String state,
        Instant startedAt,
        Instant deadline,
        boolean force,
        String message,
        String actor,
        Instant finishedAt,
        int complete,
        int migrating,
        int blocked,
        int remaining,
        List<DrainItem> items) {}

package io.aiwm.controller.eventlog;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;

/**
 * Something that happened to a record.
 *
 * @param id of the resource and its number
 * @param seq 1 for the first of the resource, and one more for each next
 * @param code what happened, such as {@code replica.ready}
 * @param text the same in words
 * @param replica which replica; null: all of it
 * @param nodeId where; null: nowhere in particular
 * @param reasonCode why, as a code; null: nothing to say
 * @param actor who asked for it; null: nobody
 */
@RecordBuilder
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Event(
        String id,
        long version,
        String resourceType,
        String resourceId,
        long seq,
        String code,
        String text,
        Integer replica,
        String nodeId,
        Integer generation,
        String reasonCode,
        String actor,
        Instant createdAt) {

    /** Under the number that the resource gives it. */
    Event numbered(String type, String resource, long number) {
        return EventBuilder.builder(this)
                .id(resource + "-" + number)
                .version(1)
                .resourceType(type)
                .resourceId(resource)
                .seq(number)
                .build();
    }
}

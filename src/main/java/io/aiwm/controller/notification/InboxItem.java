package io.aiwm.controller.notification;

import io.aiwm.controller.eventlog.Severity;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * What users are told, as stored in collection {@code notifications}. Written by {@link Inbox} only.
 *
 * @param owner whose it is; null: everyone's
 * @param count of events
 */
@RecordBuilder
public record InboxItem(
        String id,
        long version,
        long revision,
        String type,
        Severity severity,
        String kind,
        String resourceId,
        String title,
        String text,
        String owner,
        Instant at,
        int count,
        List<String> resources,
        Instant createdAt) {

    static InboxItem of(Notice notice, Instant now) {
        return InboxItemBuilder.builder()
                .id(notice.id())
                .version(1)
                .revision(notice.revision())
                .type(notice.type())
                .severity(notice.severity())
                .kind(notice.kind())
                .resourceId(notice.resourceId())
                .title(notice.title())
                .text(notice.text())
                .owner(notice.owner())
                .at(Instant.parse(notice.at()))
                .count(notice.count())
                .resources(notice.resources())
                .createdAt(now)
                .build();
    }
}

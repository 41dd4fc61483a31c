package io.aiwm.controller.notification;

import io.aiwm.controller.eventlog.Severity;
import java.time.Instant;
import java.util.List;

/**
 * What users are told, as stored in collection {@code notifications}. Written by {@link Inbox} only.
 *
 * @param owner whose it is; null: everyone's
 * @param count of events
 */
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
        return new InboxItem(
                notice.id(),
                1,
                notice.revision(),
                notice.type(),
                notice.severity(),
                notice.kind(),
                notice.resourceId(),
                notice.title(),
                notice.text(),
                notice.owner(),
                Instant.parse(notice.at()),
                notice.count(),
                notice.resources(),
                now);
    }
}

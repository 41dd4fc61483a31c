package io.aiwm.controller.notification;

import io.aiwm.common.Sha256;
import io.aiwm.controller.eventlog.ClusterEvent;
import io.aiwm.controller.eventlog.Severity;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What a target is told: an event, or several of one type in one.
 *
 * @param id the same whenever it is told
 * @param revision of the event in the log; of several the first
 * @param resourceId null: of several
 * @param text in words; null: the type says it all
 * @param count of events
 * @param resources ids, the first {@link #MOST_NAMED} of them
 * @param event as the log has it; of several the first
 */
@RecordBuilder
public record Notice(
        String id,
        long revision,
        String type,
        Severity severity,
        String kind,
        String resourceId,
        String at,
        String text,
        int count,
        List<String> resources,
        JsonObject event) {
    private static final int MOST_NAMED = 20;

    static Notice of(ClusterEvent event) {
        return of(event.json());
    }

    /** @param event as the log has it */
    static Notice of(JsonObject event) {
        String resourceId = event.getString("resourceId");
        return NoticeBuilder.builder()
                .id(event.getString("id"))
                .revision(event.getLong("revision"))
                .type(event.getString("type"))
                .severity(Severity.of(event.getString("severity")))
                .kind(event.getString("kind"))
                .resourceId(resourceId)
                .at(event.getString("at"))
                .text(event.getString("text"))
                .count(1)
                .resources(resourceId == null ? List.of() : List.of(resourceId))
                .event(event)
                .build();
    }

    /** @param all of one type and owner, at least two */
    static Notice folded(List<Notice> all) {
        Notice first = all.get(0);
        Severity worst = first.severity;
        var ids = new StringBuilder();
        for (Notice one : all) {
            worst = one.severity.compareTo(worst) > 0 ? one.severity : worst;
            ids.append(one.id).append('\n');
        }
        List<String> named =
                all.stream().map(Notice::name).distinct().limit(MOST_NAMED).toList();
        long more = all.stream().map(Notice::name).distinct().count() - named.size();
        String words = String.join(", ", named) + (more > 0 ? " and " + more + " more" : "");
        return NoticeBuilder.builder()
                .id("folded-" + Sha256.hex(ids.toString()).substring(0, 24))
                .revision(first.revision)
                .type(first.type)
                .severity(worst)
                .kind(first.kind)
                .at(first.at)
                .text(words)
                .count(all.size())
                .resources(named)
                .event(first.event)
                .build();
    }

    /** What may be told as one: nothing that not everybody may see with anything else. */
    String folding() {
        return owner() == null ? type : type + "\n" + owner();
    }

    /** Whose it is; null: nobody's own. */
    String owner() {
        return event.getString("owner");
    }

    /** What people call the resource. */
    private String name() {
        String name = event.getString("name");
        return name == null ? String.valueOf(resourceId) : name;
    }

    /** One line for people. */
    String title() {
        String title = count > 1 ? count + " × " + type : resourceId == null ? type : type + ": " + name();
        return title.replaceAll("\\p{Cntrl}+", " ");
    }

    /** Whose order counts. */
    String resource() {
        return kind + "/" + resourceId;
    }
}

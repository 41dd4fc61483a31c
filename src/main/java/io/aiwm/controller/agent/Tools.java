package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.SecretUsers;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The only writer of tools. */
public final class Tools implements SecretUsers {
    static final long TIMEOUT_MS = 30_000;
    private static final String NAME = "agentTools";
    private static final String SECRET_NAMES = "secretNames";
    static final DocumentStore.Collection COLLECTION =
            Catalog.collection(NAME, Field.text("kind"), Field.text("authorization.secret"), Field.texts(SECRET_NAMES));

    final Catalog<Tool> catalog;
    private final StoredSecrets secrets;
    private final UnaryOperator<List<String>> unknown;
    private final References references;
    private final InstantSource clock;

    Tools(
            DocumentStore store,
            StoredSecrets secrets,
            UnaryOperator<List<String>> unknown,
            References references,
            InstantSource clock) {
        this.catalog = new Catalog<>(
                store,
                NAME,
                "tool",
                Tool.PREFIX,
                Tool.class,
                Records.Shape.of(Tool::id, Tool::version, Tool::withVersion),
                clock);
        this.secrets = secrets;
        this.unknown = unknown;
        this.references = references;
        this.clock = clock;
        secrets.usedBy(this);
    }

    /** Fails with UNPROCESSABLE naming the fields, with CONFLICT when the name is taken. */
    public Future<Tool> create(String id, ToolRequest wanted, String actor) {
        ToolRules.refuse(wanted, unknown);
        return readable(wanted).compose(there -> {
            Instant now = clock.instant();
            return catalog.insert(said(
                    ToolBuilder.builder().id(id).version(1).createdBy(actor).createdAt(now), wanted, actor, now));
        });
    }

    private Future<Void> readable(ToolRequest wanted) {
        var all = new ArrayList<Future<Void>>();
        if (wanted.authorization() != null) {
            all.add(readable(wanted.authorization(), "/authorization"));
        }
        if (wanted.secretHeaders() != null) {
            wanted.secretHeaders().forEach((name, secret) -> all.add(readable(secret, "/secretHeaders/" + name)));
        }
        return Future.all(List.copyOf(all)).mapEmpty();
    }

    private Future<Void> readable(SecretRef secret, String field) {
        return secrets.value(secret.secret()).<Void>mapEmpty().recover(cause -> switch (Failure.of(cause).kind) {
            case NOT_FOUND, UNPROCESSABLE -> Future.failedFuture(Failure.unprocessable(field, cause.getMessage()));
            default -> Future.failedFuture(cause);
        });
    }

    private static Tool said(ToolBuilder begun, ToolRequest wanted, String actor, Instant now) {
        return begun.name(wanted.name())
                .description(wanted.description())
                .kind(wanted.kind())
                .input(wanted.input())
                .http(wanted.http())
                .mcp(wanted.mcp())
                .aiwm(wanted.aiwm())
                .job(wanted.job())
                .authorization(wanted.authorization())
                .secretHeaders(wanted.secretHeaders())
                .timeoutMs(Objects.requireNonNullElse(wanted.timeoutMs(), TIMEOUT_MS))
                .retries(Objects.requireNonNullElse(wanted.retries(), 0))
                .idempotent(wanted.isIdempotent())
                .approval(Objects.requireNonNullElse(wanted.approval(), Tool.Approval.AUTO))
                .approvalTimeoutMs(wanted.approvalTimeoutMs())
                .approvalDefault(wanted.approvalDefault())
                .tags(wanted.tags())
                .active(wanted.active() == null || wanted.active())
                .updatedBy(actor)
                .updatedAt(now)
                .build();
    }

    /** By its id or its name. Fails with NOT_FOUND, also for a deleted one. */
    public Future<Tool> get(String idOrName) {
        return catalog.get(idOrName);
    }

    /** Also a deleted one. Fails with NOT_FOUND. */
    Future<Tool> any(String id) {
        return catalog.any(id);
    }

    public Future<Records.Page<Tool>> find(ListFilter filter, int limit, String cursor) {
        return catalog.find(filter, limit, cursor);
    }

    public Future<Long> count(ListFilter filter) {
        return catalog.count(filter);
    }

    public Future<Map<String, Long>> countBy(String field, ListFilter filter) {
        return catalog.countBy(field, filter);
    }

    /** Fails as {@link #create} and with PRECONDITION. @param version of the record that was seen; null: any */
    public Future<Tool> replace(String idOrName, ToolRequest wanted, String actor, Long version) {
        ToolRules.refuse(wanted, unknown);
        return catalog.get(idOrName)
                .compose(seen -> readable(wanted)
                        .compose(there -> catalog.change(
                                seen.id(),
                                version,
                                now -> said(ToolBuilder.builder(now), wanted, actor, clock.instant()))));
    }

    /** Marks it as deleted. Fails with CONFLICT naming the agents that use it, with NOT_FOUND and PRECONDITION. */
    public Future<Tool> delete(String idOrName, Long version) {
        return catalog.get(idOrName)
                .compose(seen -> references.alone(() -> references
                        .refuseIfUsed("tool", seen, Condition.eq("toolIds", seen.id()))
                        .compose(free -> catalog.change(
                                seen.id(),
                                version,
                                now -> ToolBuilder.builder(now)
                                        .deletedAt(clock.instant())
                                        .build()))));
    }

    /** Fails with NOT_FOUND, with CONFLICT when its name was taken meanwhile. What is not deleted stays as it is. */
    public Future<Tool> restore(String id, Long version) {
        return catalog.changeAny(
                id,
                version,
                seen -> seen.deletedAt() == null
                        ? seen
                        : ToolBuilder.builder(seen).deletedAt(null).build());
    }

    @Override
    public Future<List<Use>> of(String secret) {
        // those that an earlier version wrote have no list of names
        return Future.all(
                        using(Condition.eq(SECRET_NAMES, secret)), using(Condition.eq("authorization.secret", secret)))
                .map(both -> Stream.concat(both.<List<Use>>resultAt(0).stream(), both.<List<Use>>resultAt(1).stream())
                        .distinct()
                        .toList());
    }

    private Future<List<Use>> using(Condition condition) {
        return catalog.find(ListFilter.of(condition), 100, null)
                .map(page -> page.items().stream()
                        .map(tool -> new Use("tool", tool.id(), tool.name()))
                        .toList());
    }
}

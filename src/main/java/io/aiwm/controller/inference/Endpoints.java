package io.aiwm.controller.inference;

import io.aiwm.common.Failure;
import io.aiwm.common.KeyedQueue;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.SecretUsers;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;

/** The only writer of external endpoints. */
public final class Endpoints implements SecretUsers {
    static final int MOST = 1_000;
    private static final String NAME = "inferenceEndpoints";
    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection(NAME, List.of(Field.time(Query.CREATED))).telling();

    private final Records<ExternalEndpoint> records;
    private final StoredSecrets secrets;
    private final EndpointRules rules;
    private final InstantSource clock;
    private final KeyedQueue insertions = new KeyedQueue();

    /** @param internalAllowed whether endpoints may have internal addresses */
    public Endpoints(
            Vertx vertx, DocumentStore store, StoredSecrets secrets, InstantSource clock, boolean internalAllowed) {
        this.records = new Records<>(
                store,
                NAME,
                ExternalEndpoint.class,
                Records.Shape.of(ExternalEndpoint::id, ExternalEndpoint::version, ExternalEndpoint::withVersion),
                endpoint -> false,
                false);
        this.secrets = secrets;
        this.rules = new EndpointRules(vertx, internalAllowed);
        this.clock = clock;
        secrets.usedBy(this);
    }

    /** @param created whether there was none of this name */
    public record Put(ExternalEndpoint endpoint, boolean created) {}

    /**
     * Creates or replaces an endpoint. Fails with UNPROCESSABLE naming the field, with PRECONDITION when it is not at that version,
     * with CONFLICT when there are too many.
     *
     * @param version the one that was seen; null: any
     */
    public Future<Put> put(String name, EndpointRequest wanted, String actor, Long version) {
        return rules.check(wanted.baseUrl())
                .compose(url -> readable(wanted.authorization())
                        .compose(there -> replace(name, url, wanted, actor, version)
                                .map(replaced -> new Put(replaced, false))
                                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND && version == null
                                        ? insertions
                                                .take(NAME, () -> insert(name, url, wanted, actor))
                                                .map(made -> new Put(made, true))
                                        : Future.failedFuture(cause))));
    }

    private Future<Void> readable(SecretRef secret) {
        return secret == null
                ? Future.succeededFuture()
                : secrets.value(secret.secret()).<Void>mapEmpty().recover(cause -> switch (Failure.of(cause).kind) {
                    case NOT_FOUND, UNPROCESSABLE ->
                        Future.failedFuture(Failure.unprocessable("/authorization", cause.getMessage()));
                    default -> Future.failedFuture(cause);
                });
    }

    private Future<ExternalEndpoint> replace(
            String name, String url, EndpointRequest wanted, String actor, Long version) {
        return records.update(name, seen -> {
            requireVersion(seen, version);
            return set(ExternalEndpointBuilder.builder(seen), url, wanted, actor);
        });
    }

    private Future<ExternalEndpoint> insert(String name, String url, EndpointRequest wanted, String actor) {
        return records.count(List.of()).compose(there -> {
            if (there >= MOST) {
                throw Failure.conflict("there are " + there + " endpoints, and no more than " + MOST + " are kept");
            }
            return records.insert(set(
                    ExternalEndpointBuilder.builder()
                            .id(name)
                            .version(1)
                            .createdBy(actor)
                            .createdAt(clock.instant()),
                    url,
                    wanted,
                    actor));
        });
    }

    private ExternalEndpoint set(ExternalEndpointBuilder begun, String url, EndpointRequest wanted, String actor) {
        Instant now = clock.instant();
        return begun.baseUrl(url)
                .authorization(wanted.authorization())
                .upstreamModel(wanted.upstreamModel())
                .concurrency(Objects.requireNonNullElse(wanted.concurrency(), 0))
                .updatedBy(actor)
                .updatedAt(now)
                .build();
    }

    private static void requireVersion(ExternalEndpoint seen, Long version) {
        if (version != null && version != seen.version()) {
            throw new Failure(
                    Failure.Kind.PRECONDITION,
                    "the endpoint is at version " + seen.version() + ", not at " + version + "; read it again");
        }
    }

    /** Fails with NOT_FOUND. */
    public Future<ExternalEndpoint> get(String name) {
        return records.get(name);
    }

    /** One page, newest first. */
    public Future<Records.Page<ExternalEndpoint>> find(int limit, String cursor) {
        return records.find(Query.where(List.of()).newestFirst().limit(limit).after(cursor));
    }

    public Future<Long> count() {
        return records.count(List.of());
    }

    Future<List<ExternalEndpoint>> all() {
        return records.find(Query.all().limit(MOST)).map(Records.Page::items);
    }

    /** Fails with NOT_FOUND, or with PRECONDITION when it is not at that version. @param version null: any */
    public Future<Void> delete(String name, Long version) {
        return records.get(name)
                .compose(seen -> {
                    requireVersion(seen, version);
                    return version == null ? records.delete(name) : records.delete(seen);
                })
                .compose(gone -> gone
                        ? Future.<Void>succeededFuture()
                        : Future.failedFuture(Failure.notFound("endpoint", name)));
    }

    @Override
    public Future<List<Use>> of(String secret) {
        return all().map(endpoints -> endpoints.stream()
                .filter(one -> one.authorization() != null
                        && one.authorization().secret().equals(secret))
                .map(one -> new Use("endpoint", one.id(), null))
                .toList());
    }
}

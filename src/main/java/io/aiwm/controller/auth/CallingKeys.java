package io.aiwm.controller.auth;

import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The API keys that open something now, for gateways that cannot ask when they are called. */
public final class CallingKeys {
    private static final int PAGE = 500;
    /** What proxies are told has an end. */
    private static final int MOST = 100_000;

    private final Records<ApiKey> records;
    private final Users users;
    private final InstantSource clock;

    public CallingKeys(DocumentStore store, Users users, InstantSource clock) {
        this.records = new Records<>(
                store,
                ApiKeys.COLLECTION.name(),
                ApiKey.class,
                Records.Shape.of(ApiKey::id, ApiKey::version, (key, version) -> key.with(version, key.lastUsedAt())),
                key -> false,
                false);
        this.users = users;
        this.clock = clock;
    }

    /** Reads those that have not expired and whose owners may call, by id. */
    public Future<List<ApiKey>> read() {
        return page(Query.all().limit(PAGE), new ArrayList<>()).compose(this::ofOwners);
    }

    private Future<List<ApiKey>> page(Query query, List<ApiKey> found) {
        return records.find(query).compose(page -> {
            page.items().stream()
                    .filter(key -> key.expiresAt() == null || key.expiresAt().isAfter(clock.instant()))
                    .forEach(found::add);
            return page.nextCursor() == null || found.size() >= MOST
                    ? Future.succeededFuture(found)
                    : page(query.after(page.nextCursor()), found);
        });
    }

    private Future<List<ApiKey>> ofOwners(List<ApiKey> all) {
        Map<String, Future<User>> owners = new HashMap<>();
        all.forEach(key -> owners.computeIfAbsent(
                key.owner(), name -> users.active(name, 0).otherwiseEmpty()));
        return Future.join(List.copyOf(owners.values()))
                .map(read -> all.stream()
                        .filter(key -> {
                            User owner = owners.get(key.owner()).result();
                            return owner != null && owner.createdAt().equals(key.ownerSince());
                        })
                        .sorted(java.util.Comparator.comparing(ApiKey::id))
                        .toList());
    }
}

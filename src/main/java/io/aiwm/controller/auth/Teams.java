package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.aiwm.inference.limit.KeyLimits;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * The only writer of teams. A team is a label of users and keys; one that is not here has no limits. A change counts here at once, at
 * other controllers within {@link RefreshingCache#LIMIT}.
 */
public final class Teams {
    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection("teams", List.of()).telling();
    static final long MOST_TEAMS = 1_000;

    private final Records<Team> records;
    private final InstantSource clock;
    private final RefreshingCache<Team> recent;

    public Teams(DocumentStore store, InstantSource clock) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                Team.class,
                Records.Shape.of(Team::id, Team::version, Team::withVersion),
                team -> false,
                false);
        this.clock = clock;
        // a team without a record is the rule for a label, so the absence of one is remembered too
        this.recent = new RefreshingCache<>(this::found, clock);
        records.onWritten((before, after) -> recent.forget(after.id()));
        records.onDeleted(recent::forget);
    }

    /** @param created whether there was none of this name */
    public record Put(Team team, boolean created) {}

    /**
     * Creates a team or replaces what it says. Fails with PRECONDITION when it has another version (null: any), with CONFLICT when there
     * are {@link #MOST_TEAMS} others.
     */
    public Future<Put> put(String name, String description, KeyLimits limits, Long version) {
        return replace(name, description, limits, version)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND && version == null
                        ? insert(name, description, limits)
                        : Future.failedFuture(cause));
    }

    private Future<Put> replace(String name, String description, KeyLimits limits, Long version) {
        return records.update(name, team -> {
                    check(team, version);
                    return TeamBuilder.builder(team)
                            .description(description)
                            .limits(limits)
                            .updatedAt(clock.instant())
                            .build();
                })
                .map(team -> new Put(team, false));
    }

    private Future<Put> insert(String name, String description, KeyLimits limits) {
        return records.count(List.of()).compose(there -> {
            if (there >= MOST_TEAMS) {
                throw Failure.conflict("there are " + there + " teams; delete some first");
            }
            Instant now = clock.instant();
            return records.insert(TeamBuilder.builder()
                            .id(name)
                            .version(1)
                            .description(description)
                            .limits(limits)
                            .createdAt(now)
                            .updatedAt(now)
                            .build())
                    .map(team -> new Put(team, true));
        });
    }

    private static void check(Team team, Long version) {
        if (version != null && version != team.version()) {
            throw new Failure(
                    Failure.Kind.PRECONDITION,
                    "the team is at version " + team.version() + ", not at " + version + "; read it again");
        }
    }

    /** Fails with NOT_FOUND. */
    public Future<Team> get(String name) {
        return records.get(name)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.failedFuture(Failure.notFound("team", name))
                        : Future.failedFuture(cause));
    }

    /** Returns a page, by name. */
    public Future<Records.Page<Team>> list(int pageSize, String pageToken) {
        return records.find(Query.all().orderBy("id", false).limit(pageSize).after(pageToken));
    }

    public Future<Long> count() {
        return records.count(List.of());
    }

    /** Deletes its limits; users and keys keep the label. Fails with NOT_FOUND and PRECONDITION. */
    public Future<Void> delete(String name, Long version) {
        return get(name)
                .compose(team -> {
                    check(team, version);
                    return version == null ? records.delete(name) : records.delete(team);
                })
                .andThen(done -> recent.forget(name))
                .mapEmpty();
    }

    /** Returns the limits as they were at most {@link RefreshingCache#LIMIT} ago. @param name null: no team */
    public Future<KeyLimits> limits(String name) {
        return name == null ? NO_LIMITS : recent.get(name).map(Team::limits);
    }

    private static final Future<KeyLimits> NO_LIMITS = Future.succeededFuture(KeyLimits.NONE);

    private Future<Team> found(String name) {
        return records.get(name)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(new Team(name, 0, null, KeyLimits.NONE, null, null))
                        : Future.failedFuture(cause));
    }
}

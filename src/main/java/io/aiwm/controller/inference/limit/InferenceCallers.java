package io.aiwm.controller.inference.limit;

import io.aiwm.controller.auth.ApiKey;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.Callers;
import io.aiwm.controller.auth.IdentifiedCaller;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.auth.Team;
import io.aiwm.controller.auth.Teams;
import io.aiwm.controller.auth.User;
import io.aiwm.controller.auth.Users;
import io.aiwm.inference.Caller;
import io.aiwm.inference.CallerSource;
import io.aiwm.inference.ProxyRight;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Who may call models, on controllers by {@link #verify}, for proxies as lists. A change takes effect at {@link #verify} as fast as
 * {@link Callers} says. The lists are read anew each time.
 */
public final class InferenceCallers implements CallerSource {
    private static final int PAGE = 1_000;

    private final Callers callers;
    private final ApiKeys keys;
    private final Users users;
    private final Teams teams;
    private final InstantSource clock;

    public InferenceCallers(Callers callers, ApiKeys keys, Users users, Teams teams, InstantSource clock) {
        this.callers = callers;
        this.keys = keys;
        this.users = users;
        this.teams = teams;
        this.clock = clock;
    }

    @Override
    public Future<Caller> verify(String credential) {
        return callers.identify(credential)
                .compose(who -> teams.limits(who.team()).map(limits -> caller(who, limits)));
    }

    /** Returns when the user was made; see {@link Callers#since}. */
    public Future<Instant> since(String user) {
        return callers.since(user);
    }

    /** Returns who may call now in the name of a key or user; see {@link Callers#again}. */
    public Future<Caller> again(String user, Instant since, String keyId) {
        return callers.again(user, since, keyId)
                .compose(who -> teams.limits(who.team()).map(limits -> caller(who, limits)));
    }

    /** The same for the user who has this name now. @param keyId of the API key whose limits hold; null: none */
    public Future<Caller> again(String user, String keyId) {
        return since(user).compose(since -> again(user, since, keyId));
    }

    private static Caller caller(IdentifiedCaller who, KeyLimits teamLimits) {
        ApiKey key = who.key();
        return new Caller(
                key == null ? null : key.id(),
                who.principal().name(),
                who.team(),
                key == null || key.limits() == null ? KeyLimits.NONE : key.limits(),
                teamLimits,
                proxyRight(who.principal().role(), key));
    }

    /** What users write into the limits of their own keys gives them nothing. */
    private static ProxyRight proxyRight(Role role, ApiKey key) {
        if (role.includes(Role.OPERATOR)) {
            return ProxyRight.ALL;
        }
        return key != null && Boolean.TRUE.equals(key.limitsGranted()) ? ProxyRight.NAMED : ProxyRight.NONE;
    }

    /** Returns the keys that may call now, with their hashes. */
    public Future<List<GatewayConfig.Key>> keys() {
        return users(null, new HashMap<>()).compose(owners -> keys(owners, null, new ArrayList<>()));
    }

    private Future<List<GatewayConfig.Key>> keys(
            Map<String, User> owners, String cursor, List<GatewayConfig.Key> found) {
        return keys.all(cursor).compose(page -> {
            Instant now = clock.instant();
            for (ApiKey key : page.items()) {
                User owner = owners.get(key.owner());
                boolean expired = key.expiresAt() != null && !key.expiresAt().isAfter(now);
                if (!expired
                        && owner != null
                        && !owner.disabled()
                        && Objects.equals(owner.createdAt(), key.ownerSince())) {
                    found.add(new GatewayConfig.Key(
                            key.id(),
                            key.hash(),
                            key.owner(),
                            key.team() == null ? owner.team() : key.team(),
                            key.expiresAt(),
                            key.limits() == null ? KeyLimits.NONE : key.limits(),
                            proxyRight(owner.role().includes(key.role()) ? key.role() : owner.role(), key)));
                }
            }
            return page.nextCursor() == null ? Future.succeededFuture(found) : keys(owners, page.nextCursor(), found);
        });
    }

    private Future<Map<String, User>> users(String cursor, Map<String, User> found) {
        return users.list(null, PAGE, cursor).compose(page -> {
            page.items().forEach(user -> found.put(user.id(), user));
            return page.nextCursor() == null ? Future.succeededFuture(found) : users(page.nextCursor(), found);
        });
    }

    /** Returns the teams that have limits. */
    public Future<List<GatewayConfig.Team>> teams() {
        return teams(null, new ArrayList<>());
    }

    private Future<List<GatewayConfig.Team>> teams(String cursor, List<GatewayConfig.Team> found) {
        return teams.list(PAGE, cursor).compose(page -> {
            for (Team team : page.items()) {
                found.add(new GatewayConfig.Team(team.id(), team.limits()));
            }
            return page.nextCursor() == null ? Future.succeededFuture(found) : teams(page.nextCursor(), found);
        });
    }
}

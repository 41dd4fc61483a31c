package io.aiwm.controller.inference.limit;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.Callers;
import io.aiwm.controller.auth.IssuedKey;
import io.aiwm.controller.auth.KeyRequest;
import io.aiwm.controller.auth.KeyScope;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.QuickUsers;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.auth.Teams;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.inference.ProxyRight;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.route.GatewayConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InferenceCallersTest {
    private static final KeyLimits TINY = new KeyLimits(List.of("tiny"), null, null, null, null, null);
    private static final Principal ADMIN = new Principal("root", Role.ADMIN, "t0", null);

    @TempDir
    Path folder;

    private FleetUnderTest fleet;
    private Users users;
    private ApiKeys keys;
    private InferenceCallers callers;

    @BeforeEach
    void begin() {
        fleet = new FleetUnderTest(folder, Users.COLLECTION, ApiKeys.COLLECTION, Teams.COLLECTION);
        users = QuickUsers.of(fleet.vertx, fleet.store, fleet.clock);
        keys = new ApiKeys(fleet.store, users, fleet.clock);
        var teams = new Teams(fleet.store, fleet.clock);
        callers = new InferenceCallers(new Callers(fleet.jwt, users, keys), keys, users, teams, fleet.clock);
        await(users.create("root", "first password", Role.ADMIN));
    }

    @AfterEach
    void end() {
        fleet.close();
    }

    private static Principal user(String name, Role role) {
        return new Principal(name, role, "t1", null);
    }

    private IssuedKey key(Principal maker, Role role, KeyLimits limits) {
        return await(keys.create(maker, new KeyRequest("k", role, null, KeyScope.INFERENCE, null, limits)));
    }

    private void expects(IssuedKey key, ProxyRight right) {
        assertThat(await(callers.verify(key.text())).proxyRight()).isEqualTo(right);
        assertThat(await(callers.keys()))
                .filteredOn(each -> each.id().equals(key.key().id()))
                .extracting(GatewayConfig.Key::proxyRight)
                .containsExactly(right);
    }

    @Test
    void proxy_is_for_operators_and_for_keys_whose_limits_an_administrator_set() {
        await(users.create("vic", "first password", Role.VIEWER));
        await(users.create("ole", "first password", Role.OPERATOR));
        IssuedKey own = key(user("vic", Role.VIEWER), Role.VIEWER, TINY);
        expects(own, ProxyRight.NONE);
        expects(key(user("ole", Role.OPERATOR), Role.OPERATOR, null), ProxyRight.ALL);
        expects(key(user("ole", Role.OPERATOR), Role.VIEWER, TINY), ProxyRight.NONE);
        expects(key(ADMIN, Role.VIEWER, TINY), ProxyRight.NAMED);
        await(keys.limit(ADMIN, own.key().id(), TINY));
        expects(own, ProxyRight.NAMED);
    }

    @Test
    void only_an_administrator_lets_a_key_go_first() {
        await(users.create("ole", "first password", Role.OPERATOR));
        var first = new KeyLimits(null, null, null, null, null, 1);
        assertThatThrownBy(() -> key(user("ole", Role.OPERATOR), Role.VIEWER, first))
                .isInstanceOfSatisfying(
                        Failure.class, refused -> assertThat(refused.kind).isEqualTo(Failure.Kind.FORBIDDEN));
        key(user("ole", Role.OPERATOR), Role.VIEWER, new KeyLimits(null, null, null, null, null, -1));
        key(ADMIN, Role.VIEWER, first);
    }

    @Test
    void a_stored_user_that_lacks_its_time_hides_no_key_of_others() {
        await(fleet.store.insert(
                "users",
                new DocumentStore.Document(
                        "old", 1, "{\"id\":\"old\",\"version\":1,\"role\":\"VIEWER\",\"passwordHash\":\"x\"}")));
        await(fleet.store.insert(
                "apiKeys",
                new DocumentStore.Document(
                        "key_old",
                        1,
                        "{\"id\":\"key_old\",\"version\":1,\"owner\":\"old\",\"role\":\"VIEWER\",\"hash\":\"x\","
                                + "\"ownerSince\":\"2026-01-01T00:00:00Z\",\"createdAt\":\"2026-01-01T00:00:00Z\"}")));
        IssuedKey good = key(ADMIN, Role.VIEWER, null);
        assertThat(await(callers.keys()))
                .extracting(GatewayConfig.Key::id)
                .containsExactly(good.key().id());
    }
}

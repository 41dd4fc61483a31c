package io.aiwm.controller.auth;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.controller.store.DocumentStore;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two controllers on one store: what ends a token at one ends it at the other. */
class CallersTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    Path folder;

    private FleetUnderTest fleet;
    private Users users;
    private ApiKeys keys;
    private Callers here;
    private Callers there;

    @BeforeEach
    void begin() {
        fleet = new FleetUnderTest(folder, Users.COLLECTION, ApiKeys.COLLECTION);
        users = QuickUsers.of(fleet.vertx, fleet.store, fleet.clock);
        keys = new ApiKeys(fleet.store, users, fleet.clock);
        here = new Callers(fleet.jwt, users, keys);
        var otherUsers = QuickUsers.of(fleet.vertx, fleet.store, fleet.clock);
        there = new Callers(fleet.jwt, otherUsers, new ApiKeys(fleet.store, otherUsers, fleet.clock));
    }

    @AfterEach
    void end() {
        fleet.close();
    }

    private String tokenOf(User user) {
        return fleet.jwt.issueUser(user, HOUR).token();
    }

    private Principal signedIn(User user) {
        return fleet.jwt.verifyUser(tokenOf(user));
    }

    private static void refuses(Callers callers, String token, String why) {
        assertThatThrownBy(() -> await(callers.verify(token)))
                .isInstanceOfSatisfying(
                        Failure.class, cause -> assertThat(cause.kind).isEqualTo(Failure.Kind.UNAUTHENTICATED))
                .hasMessageContaining(why);
    }

    /** Lets it in at both, does it here, and expects its end: here at once, there before five seconds have passed. */
    private void ends(String token, Runnable what, String why) {
        await(here.verify(token));
        Principal guest = await(there.verify(token));
        what.run();
        refuses(here, token, why);
        fleet.clock.pass(Duration.ofSeconds(3));
        refuses(there, token, why);
        assertThatThrownBy(() -> await(there.recheck(guest))).isInstanceOf(Failure.class);
    }

    private void change(String name, UserChange wanted) {
        await(users.change(name, wanted, null));
    }

    @Test
    void another_role_another_password_disabling_deleting_and_signing_out_end_the_tokens_everywhere() {
        String ended = "ended; sign in again";
        User ada = await(users.create("ada", "first password", Role.OPERATOR));
        ends(tokenOf(ada), () -> change("ada", new UserChange(Role.VIEWER, null, null)), ended);
        ends(
                tokenOf(await(users.get("ada"))),
                () -> change("ada", new UserChange(null, "second password", null)),
                ended);
        ends(
                tokenOf(await(users.get("ada"))),
                () -> await(users.changePassword("ada", "second password", "third password", "::1")),
                ended);
        ends(tokenOf(await(users.get("ada"))), () -> await(users.endSessions("ada")), ended);
        ends(
                tokenOf(await(users.get("ada"))),
                () -> change("ada", new UserChange(null, null, true)),
                "the user is disabled");
        change("ada", new UserChange(null, null, false));
        ends(tokenOf(await(users.get("ada"))), () -> await(users.delete("ada", null)), "does not exist any more");
        // whoever has the name next is somebody else
        fleet.clock.pass(Duration.ofSeconds(1));
        await(users.create("ada", "fourth password", Role.ADMIN));
        refuses(here, tokenOf(ada), ended);
    }

    @Test
    void what_stays_open_ends_with_the_time_of_its_token() {
        Principal guest = signedIn(await(users.create("ada", "first password", Role.OPERATOR)));
        fleet.clock.pass(HOUR.minusSeconds(1));
        assertThat(await(here.recheck(guest))).isEqualTo(guest);
        fleet.clock.pass(Duration.ofSeconds(1));
        assertThatThrownBy(() -> await(here.recheck(guest)))
                .isInstanceOfSatisfying(
                        Failure.class, cause -> assertThat(cause.kind).isEqualTo(Failure.Kind.UNAUTHENTICATED))
                .hasMessageContaining("expired");
    }

    @Test
    void a_new_token_counts_at_once_where_the_old_one_is_still_remembered() {
        User ada = await(users.create("ada", "first password", Role.OPERATOR));
        await(there.verify(tokenOf(ada)));
        change("ada", new UserChange(null, null, true));
        change("ada", new UserChange(Role.VIEWER, null, false));
        String next = tokenOf(await(users.login("ada", "first password", "::1")));
        assertThat(await(there.verify(next)).role()).isEqualTo(Role.VIEWER);
        refuses(there, tokenOf(ada), "ended; sign in again");
    }

    @Test
    void a_change_that_changes_nothing_ends_nothing() {
        User ada = await(users.create("ada", "first password", Role.OPERATOR));
        User same = await(users.change("ada", new UserChange(Role.OPERATOR, null, false), 1L));
        assertThat(same.version()).isEqualTo(1);
        assertThat(await(here.verify(tokenOf(ada))).name()).isEqualTo("ada");
    }

    @Test
    void users_and_tokens_of_before_versions_count_on() {
        await(fleet.store.insert(
                "users",
                new DocumentStore.Document(
                        "old",
                        1,
                        "{\"id\":\"old\",\"version\":1,\"role\":\"VIEWER\",\"passwordHash\":\"x\","
                                + "\"createdAt\":\"2026-01-01T00:00:00Z\",\"updatedAt\":\"2026-01-01T00:00:00Z\"}")));
        String token = fleet.jwt.issueUser("old", Role.VIEWER, HOUR).token();
        assertThat(await(here.verify(token)).role()).isEqualTo(Role.VIEWER);
    }

    @Test
    void a_request_costs_no_read_while_the_last_is_recent_and_without_the_store_nobody_is_let_in_for_long() {
        String token = tokenOf(await(users.create("ada", "first password", Role.OPERATOR)));
        await(here.verify(token));
        await(fleet.store.close());
        assertThat(here.verify(token).succeeded()).isTrue();
        fleet.clock.pass(Duration.ofMillis(1_500));
        assertThat(here.verify(token).succeeded()).isTrue();
        fleet.clock.pass(Duration.ofSeconds(1));
        assertThatThrownBy(() -> await(here.verify(token)))
                .isInstanceOfSatisfying(
                        Failure.class, cause -> assertThat(cause.kind).isNotEqualTo(Failure.Kind.UNAUTHENTICATED));
    }

    @Test
    void a_key_acts_for_its_owner_and_ends_with_it_when_it_is_deleted_and_when_its_time_has_come() {
        User ada = await(users.create("ada", "first password", Role.OPERATOR));
        IssuedKey first =
                await(keys.create(signedIn(ada), new KeyRequest("nightly", Role.OPERATOR, null, null, null, null)));
        assertThat(first.text()).matches("aiwm_[0-9a-z]{26}_[0-9a-z]{32}");
        Principal caller = await(there.verify(first.text()));
        assertThat(caller.name()).isEqualTo("ada");
        assertThat(caller.role()).isEqualTo(Role.OPERATOR);
        assertThat(caller.isApiKey()).isTrue();
        refuses(here, first.text().substring(0, 40) + "x".repeat(24), "unknown or was deleted");
        refuses(here, "aiwm_x", "malformed");
        ends(first.text(), () -> await(keys.delete(signedIn(ada), first.key().id())), "deleted");

        IssuedKey brief =
                await(keys.create(signedIn(ada), new KeyRequest("brief", Role.VIEWER, 60L, null, null, null)));
        ends(brief.text(), () -> fleet.clock.pass(Duration.ofSeconds(60)), "expired");

        IssuedKey second =
                await(keys.create(signedIn(ada), new KeyRequest("weekly", Role.OPERATOR, null, null, null, null)));
        ends(second.text(), () -> change("ada", new UserChange(null, null, true)), "disabled");
        change("ada", new UserChange(Role.VIEWER, "second password", false));
        fleet.clock.pass(Duration.ofSeconds(3));
        assertThat(await(there.verify(second.text())).role()).isEqualTo(Role.VIEWER);
        ends(second.text(), () -> await(users.delete("ada", null)), "unknown or was deleted");
    }

    @Test
    void a_key_left_behind_is_not_inherited_by_the_next_user_of_the_name() {
        User ada = await(users.create("ada", "first password", Role.OPERATOR));
        IssuedKey key =
                await(keys.create(signedIn(ada), new KeyRequest("nightly", Role.OPERATOR, null, null, null, null)));
        await(fleet.store.delete("users", "ada", -1)); // as if a delete had not got to the keys
        fleet.clock.pass(Duration.ofSeconds(3));
        await(users.create("ada", "other password", Role.ADMIN));
        refuses(here, key.text(), "owner was deleted");
    }

    @Test
    void the_key_is_not_in_the_store_and_its_use_is_written_when_the_sweep_comes() {
        User ada = await(users.create("ada", "first password", Role.OPERATOR));
        IssuedKey key =
                await(keys.create(signedIn(ada), new KeyRequest("nightly", Role.VIEWER, null, null, null, null)));
        await(here.verify(key.text()));
        String stored = await(fleet.store.get("apiKeys", key.key().id())).json();
        assertThat(stored).doesNotContain(key.text(), "lastUsedAt");
        assertThat(key + " " + key.key()).doesNotContain(key.text(), key.key().hash());
        assertThat(await(keys.list(signedIn(ada), null, 10, null))
                        .items()
                        .get(0)
                        .lastUsedAt())
                .isEqualTo(fleet.clock.instant());
        await(keys.flush());
        assertThat(await(fleet.store.get("apiKeys", key.key().id())).json()).contains("lastUsedAt");
    }

    @Test
    void a_token_for_work_that_goes_on_has_the_present_rights_of_its_user_or_fewer_and_is_short_lived() {
        var own = new OwnTokens(fleet.jwt, users, keys);
        User ada = await(users.create("ada", "first password", Role.OPERATOR));
        var asked = fleet.clock.instant();
        String token = await(own.of("ada", null, asked)).token();
        assertThat(await(here.verify(token)).role()).isEqualTo(Role.OPERATOR);
        fleet.clock.pass(Duration.ofSeconds(61));
        refuses(here, token, "expired");

        String reads = keyOf(ada, Role.VIEWER, null);
        assertThat(await(here.verify(await(own.of("ada", reads, asked)).token()))
                        .role())
                .isEqualTo(Role.VIEWER);
        assertThatThrownBy(() -> await(own.of("ada", keyOf(ada, Role.VIEWER, KeyScope.INFERENCE), asked)))
                .isInstanceOfSatisfying(
                        Failure.class, cause -> assertThat(cause.kind).isEqualTo(Failure.Kind.FORBIDDEN));
        await(users.create("eve", "first password", Role.ADMIN));
        assertThatThrownBy(() -> await(own.of("eve", reads, fleet.clock.instant())))
                .hasMessageContaining("does not open");
        assertThatThrownBy(() -> await(own.of("eve", null, asked))).hasMessageContaining("the user was deleted");

        change("ada", new UserChange(Role.VIEWER, null, null));
        assertThat(await(own.of("ada", null, asked)).principal().role()).isEqualTo(Role.VIEWER);
        change("ada", new UserChange(null, null, true));
        assertThatThrownBy(() -> await(own.of("ada", null, asked)))
                .isInstanceOfSatisfying(
                        Failure.class, cause -> assertThat(cause.kind).isEqualTo(Failure.Kind.UNAUTHENTICATED));
    }

    private String keyOf(User user, Role role, KeyScope scope) {
        return await(keys.create(signedIn(user), new KeyRequest("k", role, null, scope, null, null)))
                .key()
                .id();
    }
}

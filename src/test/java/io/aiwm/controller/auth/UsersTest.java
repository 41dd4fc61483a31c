package io.aiwm.controller.auth;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.controller.node.FleetUnderTest;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsersTest {
    @TempDir
    Path folder;

    private FleetUnderTest fleet;
    private Users users;

    @BeforeEach
    void begin() {
        fleet = new FleetUnderTest(folder, Users.COLLECTION);
        users = QuickUsers.of(fleet.vertx, fleet.store, fleet.clock);
        await(users.ensureAdmin("first password"));
    }

    @AfterEach
    void end() {
        fleet.close();
    }

    @Test
    void admin_signs_in_with_the_configured_password_and_a_changed_one_counts_after_a_restart() {
        assertThat(await(users.login("admin", "first password", "::1")).role()).isEqualTo(Role.ADMIN);

        await(users.ensureAdmin("second password"));

        assertThat(await(users.login("admin", "second password", "::1")).role()).isEqualTo(Role.ADMIN);
        assertThatThrownBy(() -> await(users.login("admin", "first password", "::1")))
                .isInstanceOf(Failure.class);
    }

    @Test
    void a_wrong_user_and_a_wrong_password_are_refused_in_the_same_words() {
        assertThatThrownBy(() -> await(users.login("admin", "wrong", "::1")))
                .isInstanceOfSatisfying(
                        Failure.class,
                        one -> assertThatThrownBy(() -> await(users.login("nobody", "wrong", "::1")))
                                .isInstanceOfSatisfying(Failure.class, other -> {
                                    assertThat(other.kind).isEqualTo(Failure.Kind.UNAUTHENTICATED);
                                    assertThat(other).hasMessage(one.getMessage());
                                    assertThat(one.kind).isEqualTo(other.kind);
                                }));
    }

    @Test
    void a_weak_admin_password_is_refused_at_start() {
        assertThatThrownBy(() -> await(users.ensureAdmin("short"))).hasMessageContaining("8 to 1024");
    }

    @Test
    void the_password_is_not_in_the_store() {
        await(users.login("admin", "first password", "::1"));
        users = new Users(fleet.vertx, fleet.store, fleet.clock);
        await(users.ensureAdmin("second password"));
        await(users.login("admin", "second password", "::1"));
        assertThat(await(fleet.store.get("users", "admin")).json())
                .doesNotContain("first password", "second password")
                .contains("pbkdf2-sha512$210000$");
    }

    @Test
    void what_the_api_made_of_admin_outlives_a_start_with_the_same_configuration() {
        await(users.login("admin", "first password", "::1"));
        await(users.changePassword("admin", "first password", "my own password", "::1"));

        await(users.ensureAdmin("first password"));

        assertThat(await(users.login("admin", "my own password", "::1")).role()).isEqualTo(Role.ADMIN);
        refused("first password");
    }

    @Test
    void another_configured_password_brings_a_disabled_admin_back() {
        await(users.login("admin", "first password", "::1"));
        await(users.create("ada", "her password", Role.ADMIN));
        await(users.change("admin", new UserChange(Role.VIEWER, null, true), null));
        refused("first password");

        await(users.ensureAdmin("second password"));

        assertThat(await(users.login("admin", "second password", "::1")).isActiveAdmin())
                .isTrue();
    }

    @Test
    void the_time_of_change_moves_with_every_change() {
        var made = await(users.create("ada", "her password", Role.VIEWER));
        fleet.clock.pass(java.time.Duration.ofSeconds(1));
        await(users.endSessions("ada"));
        assertThat(await(users.get("ada")).updatedAt())
                .isEqualTo(made.updatedAt().plusSeconds(1));
    }

    @Test
    void an_active_administrator_is_always_left() {
        await(users.login("admin", "first password", "::1"));
        for (var wanted : List.of(
                new UserChange(Role.OPERATOR, null, null),
                new UserChange(null, null, true),
                new UserChange(Role.VIEWER, "new password", true))) {
            conflicts(users.change("admin", wanted, null));
        }
        await(users.create("ada", "her password", Role.ADMIN));
        await(users.change("admin", new UserChange(null, null, true), null));
        conflicts(users.delete("ada", null));
        conflicts(users.delete("admin", null));
        await(users.change("admin", new UserChange(null, null, false), null));
        await(users.delete("ada", null));
        assertThat(await(users.count(null))).isEqualTo(1);
    }

    @Test
    void administrators_who_end_each_other_at_once_do_not_leave_the_house_empty() {
        await(users.login("admin", "first password", "::1"));
        await(users.create("ada", "her password", Role.ADMIN));
        var others = QuickUsers.of(fleet.vertx, fleet.store, fleet.clock);
        for (int round = 0; round < 20; round++) {
            var one = users.change("admin", new UserChange(Role.VIEWER, null, null), null);
            var two = others.change("ada", new UserChange(null, null, true), null);
            await(Future.join(one, two).otherwiseEmpty());
            assertThat(await(users.list(null, 10, null)).items()).anyMatch(User::isActiveAdmin);
            await(users.change("admin", new UserChange(Role.ADMIN, null, false), null));
            await(users.change("ada", new UserChange(Role.ADMIN, null, false), null));
        }
    }

    @Test
    void ones_own_password_takes_the_current_one_and_guessing_it_is_limited() {
        await(users.create("ada", "her password", Role.VIEWER));
        for (int i = 0; i < LoginLimiter.MAX_FAILURES; i++) {
            assertThatThrownBy(() -> await(users.changePassword("ada", "guess", "new password", "::1")))
                    .hasMessageContaining("/current");
        }
        assertThatThrownBy(() -> await(users.changePassword("ada", "her password", "new password", "::1")))
                .isInstanceOfSatisfying(
                        Failure.class, cause -> assertThat(cause.kind).isEqualTo(Failure.Kind.LIMITED));
    }

    @Test
    void names_that_somebody_invents_lift_no_limit_and_come_to_one_themselves() {
        for (int i = 0; i < LoginLimiter.MAX_FAILURES; i++) {
            assertThat(kind(users.login("admin", "guess", "10.0.0.1"))).isEqualTo(Failure.Kind.UNAUTHENTICATED);
        }
        var guesses =
                IntStream.range(0, 12_000)
                        .mapToObj(i -> users.login("nobody" + i, "guess", "10.0.0.1"))
                        .toList()
                        .stream()
                        .map(UsersTest::kind)
                        .toList();
        assertThat(kind(users.login("admin", "first password", "10.0.0.1"))).isEqualTo(Failure.Kind.LIMITED);
        assertThat(guesses.stream().filter(Failure.Kind.UNAUTHENTICATED::equals))
                .hasSize(LoginLimiter.MAX_OF_PLACE - LoginLimiter.MAX_FAILURES);
        assertThat(await(users.login("admin", "first password", "10.0.0.2")).role())
                .isEqualTo(Role.ADMIN);
    }

    /** As many as a stranger can have under way, all the time. */
    @Test
    void strangers_who_flood_the_logins_keep_nobody_else_out() {
        await(users.login("admin", "first password", "::1"));
        // with hashes that take a while, so that the flood has not ended when the others have
        users = new Users(fleet.vertx, fleet.store, fleet.clock, 20_000);
        await(users.create("ada", "her password", Role.ADMIN));
        await(users.login("ada", "her password", "10.0.0.1"));
        var flood = IntStream.range(0, 1_500)
                .mapToObj(i -> users.login("nobody" + i, "guess", "10.0.0." + (1 + i % 10)))
                .toList();
        // at another address, and where the flood comes from as who has been there before
        var others = List.of(
                users.login("admin", "first password", "10.0.1.1"),
                users.login("ada", "her password", "10.0.1.2"),
                users.login("ada", "her password", "10.0.0.1"),
                users.changePassword("ada", "her password", "next password", "10.0.0.1"));
        others.forEach(FleetUnderTest::await);
        assertThat(flood.stream().filter(guess -> !guess.isComplete()))
                .as("still waiting for their turn")
                .isNotEmpty();
    }

    /** Null: it was not refused. */
    private static Failure.Kind kind(Future<?> refused) {
        try {
            await(refused);
        } catch (Failure cause) {
            return cause.kind;
        }
        return null;
    }

    private void conflicts(Future<?> change) {
        assertThatThrownBy(() -> await(change))
                .isInstanceOfSatisfying(
                        Failure.class, cause -> assertThat(cause.kind).isEqualTo(Failure.Kind.CONFLICT));
    }

    private void refused(String password) {
        assertThatThrownBy(() -> await(users.login("admin", password, "::1"))).isInstanceOf(Failure.class);
    }

    @Test
    void fewer_rounds_than_are_recommended_are_said_to_be_so() {
        assertThat(PasswordRounds.weakness(209_999))
                .hasValueSatisfying(said ->
                        assertThat(said).startsWith("auth.passwordIterations is 209999, and 210000 are recommended"));
        assertThat(PasswordRounds.weakness(210_000)).isEmpty();
    }
}

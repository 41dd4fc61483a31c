package io.aiwm.controller.auth;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.protocol.Failure;
import java.nio.file.Path;
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
        users = new Users(fleet.vertx, fleet.store, fleet.clock);
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
        assertThat(await(fleet.store.get("users", "admin")).json())
                .doesNotContain("first password")
                .contains("pbkdf2-sha512$210000$");
    }
}

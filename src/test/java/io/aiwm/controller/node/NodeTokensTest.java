package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static io.aiwm.controller.node.FleetUnderTest.registration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.auth.IssuedToken;
import io.aiwm.controller.auth.Role;
import io.aiwm.testing.LogLines;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTokensTest {
    @TempDir
    Path folder;

    private FleetUnderTest fleet;

    @BeforeEach
    void begin() {
        fleet = new FleetUnderTest(folder);
        fleet.create("n1");
    }

    @AfterEach
    void end() {
        fleet.close();
    }

    @Test
    void tokens_are_issued_listed_without_their_text_used_and_revoked() {
        IssuedToken first = await(fleet.tokens.issue("n1", 3_600L, "for the rack"));
        IssuedToken second = await(fleet.tokens.issue("n1", null, null));
        var revoked = new ArrayList<String>();
        fleet.tokens.onRevoked(revoked::add);

        assertThat(await(fleet.admission.verify(first.token())).nodeId()).isEqualTo("n1");
        assertThat(await(fleet.admission.verify(second.token())).tokenId()).isEqualTo(second.tokenId());
        await(fleet.tokens.flush());
        List<NodeToken> listed = await(fleet.tokens.list("n1"));
        assertThat(listed).extracting(NodeToken::id).containsExactlyInAnyOrder(first.tokenId(), second.tokenId());
        assertThat(listed).allMatch(token -> fleet.clock.instant().equals(token.lastUsedAt()));
        assertThat(Json.encode(listed)).doesNotContain(first.token());

        await(fleet.tokens.revoke("n1", first.tokenId()));
        assertThat(revoked).containsExactly(first.tokenId());
        assertThatThrownBy(() -> await(fleet.admission.verify(first.token())))
                .matches(is(Failure.Kind.UNAUTHENTICATED));
        assertThat(await(fleet.admission.verify(second.token())).nodeId()).isEqualTo("n1");
        assertThat(await(fleet.tokens.stillValid(List.of(first.tokenId(), second.tokenId()))))
                .containsExactly(second.tokenId());
    }

    @Test
    void a_token_ends_with_its_time() {
        IssuedToken token = await(fleet.tokens.issue("n1", 60L, null));
        fleet.clock.pass(Duration.ofSeconds(59));
        await(fleet.admission.verify(token.token()));
        fleet.clock.pass(Duration.ofSeconds(1));
        assertThatThrownBy(() -> await(fleet.admission.verify(token.token()))).hasMessageContaining("expired");
        assertThat(await(fleet.tokens.list("n1"))).isEmpty();
    }

    @Test
    void a_token_near_its_end_is_renewed_for_as_long_and_once_the_successor_is_used_no_more() {
        IssuedToken old = await(fleet.tokens.issue("n1", 90L, null));
        assertThatThrownBy(() -> await(fleet.admission.renew("n1", old.tokenId())))
                .matches(is(Failure.Kind.CONFLICT))
                .hasMessageContaining("it is renewed from 2026-11-21T10:01:00Z on");
        fleet.clock.pass(Duration.ofSeconds(70));

        var lost = await(fleet.admission.renew("n1", old.tokenId()));
        var heard = await(fleet.admission.renew("n1", old.tokenId()));

        assertThat(heard.admitted().expiresAt()).isEqualTo(fleet.clock.instant().plusSeconds(90));
        assertThatThrownBy(() -> await(fleet.admission.verify(lost.token())))
                .as("its answer was never heard")
                .matches(is(Failure.Kind.UNAUTHENTICATED));
        assertThat(await(fleet.admission.verify(old.token())).nodeId())
                .as("good until its own end")
                .isEqualTo("n1");
        assertThat(await(fleet.admission.verify(heard.token())).nodeId()).isEqualTo("n1");
        assertThatThrownBy(() -> await(fleet.admission.renew("n1", old.tokenId())))
                .as("whoever holds the old one, too, gets none")
                .matches(is(Failure.Kind.CONFLICT));
        assertThat(await(fleet.tokens.list("n1")))
                .extracting(NodeToken::description)
                .contains("takes the place of " + old.tokenId());
    }

    @Test
    void a_node_whose_last_token_ends_in_14_days_is_named_once_a_day() {
        await(fleet.tokens.issue("n1", Duration.ofDays(100).toSeconds(), null));
        fleet.create("n2");
        await(fleet.tokens.issue("n2", Duration.ofDays(100).toSeconds(), null));
        var ending = new TokenExpiryWarnings(fleet.tokens, fleet.clock);
        try (var log = new LogLines(TokenExpiryWarnings.class)) {
            fleet.clock.pass(Duration.ofDays(85));
            await(ending.run());
            assertThat(log.shown()).isEmpty();
            await(fleet.tokens.issue("n2", Duration.ofDays(100).toSeconds(), "the next"));
            fleet.clock.pass(Duration.ofDays(1));
            for (int hour = 0; hour < 25; hour++) {
                await(ending.run());
                fleet.clock.pass(Duration.ofHours(1));
            }
            assertThat(log.shown())
                    .hasSize(2)
                    .allMatch(line -> line.startsWith("WARN the last token of node n1 ends at"));
        }
    }

    @Test
    void a_token_that_is_renewed_again_and_again_does_not_become_shorter() {
        fleet.clock.pass(Duration.ofMillis(900));
        String last = await(fleet.tokens.issue("n1", 60L, null)).tokenId();
        for (int renewal = 0; renewal < 5; renewal++) {
            fleet.clock.pass(Duration.ofMillis(45_300));
            var fresh = await(fleet.admission.renew("n1", last));
            last = await(fleet.admission.verify(fresh.token())).tokenId();
            assertThat(fresh.admitted().expiresAt())
                    .isBetween(
                            fleet.clock.instant().plusSeconds(59),
                            fleet.clock.instant().plusSeconds(60));
        }
    }

    @Test
    void a_node_whose_last_token_is_of_a_short_life_is_named_before_its_end_whoever_issued_it() {
        await(fleet.tokens.issue("n1", 60L, "before the controller started"));
        fleet.restart();
        var ending = new TokenExpiryWarnings(fleet.tokens, fleet.clock);
        try (var log = new LogLines(TokenExpiryWarnings.class)) {
            sweep(ending, Duration.ofSeconds(20));
            for (String node : List.of("n2", "n3")) {
                fleet.create(node);
                await(fleet.tokens.issue(node, 60L, null));
            }
            sweep(ending, Duration.ofSeconds(28));
            assertThat(log.shown()).isEmpty();
            sweep(ending, Duration.ofSeconds(4));
            assertThat(log.shown()).hasSize(1).allMatch(line -> line.startsWith("WARN the last token of node n1 ends"));
            // as another controller on the same store does it, which this one does not hear of
            await(new NodeTokens(fleet.store, fleet.nodes, fleet.jwt, fleet.clock, Duration.ofDays(1))
                    .issue("n3", null, null));
            sweep(ending, Duration.ofSeconds(20));
            assertThat(log.shown())
                    .hasSize(2)
                    .element(1)
                    .asString()
                    .startsWith("WARN the last token of node n2 ends at");
        }
    }

    private void sweep(TokenExpiryWarnings ending, Duration time) {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(ending.every())) {
            fleet.clock.pass(ending.every());
            await(ending.run());
        }
    }

    @Test
    void what_cannot_be_is_refused() {
        assertThatThrownBy(() -> await(fleet.tokens.issue("nobody", null, null)))
                .matches(is(Failure.Kind.NOT_FOUND));
        assertThatThrownBy(() -> await(fleet.tokens.issue("n1", -1L, null))).matches(is(Failure.Kind.INVALID));
        assertThatThrownBy(() -> await(fleet.tokens.issue("n1", 3_651L * 86_400, null)))
                .matches(is(Failure.Kind.INVALID));
        assertThatThrownBy(() -> await(fleet.tokens.revoke("n1", "tok_nothing")))
                .matches(is(Failure.Kind.NOT_FOUND));
        fleet.create("n2");
        IssuedToken others = await(fleet.tokens.issue("n2", null, null));
        assertThatThrownBy(() -> await(fleet.tokens.revoke("n1", others.tokenId())))
                .matches(is(Failure.Kind.NOT_FOUND));
        String users =
                fleet.jwt.issueUser("admin", Role.ADMIN, Duration.ofHours(1)).token();
        assertThatThrownBy(() -> await(fleet.admission.verify(users))).matches(is(Failure.Kind.FORBIDDEN));
    }

    @Test
    void a_member_without_token_gets_an_unused_id_and_nobody_gets_it_after_that() {
        var fresh = await(fleet.admission.admitOpenly(registration("n9", null, Map.of())));
        fleet.register("n9");
        fleet.admission.seen("n9", List.of());

        assertThat(await(fleet.admission.verify(fresh.token())).nodeId()).isEqualTo("n9");
        assertThatThrownBy(() -> await(fleet.admission.admitOpenly(registration("n9", null, Map.of()))))
                .matches(is(Failure.Kind.UNAUTHENTICATED));
    }

    @Test
    void a_member_that_never_heard_the_answer_may_ask_again() {
        var lost = await(fleet.admission.admitOpenly(registration("n9", null, Map.of())));
        fleet.register("n9");
        var heard = await(fleet.admission.admitOpenly(registration("n9", null, Map.of())));

        assertThat(await(fleet.admission.verify(heard.token())).nodeId()).isEqualTo("n9");
        assertThatThrownBy(() -> await(fleet.admission.verify(lost.token()))).matches(is(Failure.Kind.UNAUTHENTICATED));
    }

    @Test
    void a_pending_node_is_open_until_it_has_a_token_and_revoking_does_not_open_it_again() {
        IssuedToken token = await(fleet.tokens.issue("n1", null, null));
        assertThatThrownBy(() -> await(fleet.admission.admitOpenly(registration("n1", null, Map.of()))))
                .matches(is(Failure.Kind.UNAUTHENTICATED));
        fleet.register("n1");
        await(fleet.tokens.revoke("n1", token.tokenId()));
        assertThatThrownBy(() -> await(fleet.admission.admitOpenly(registration("n1", null, Map.of()))))
                .matches(is(Failure.Kind.UNAUTHENTICATED));
        assertThatThrownBy(() -> await(fleet.admission.admitOpenly(registration("../x", null, Map.of()))))
                .matches(is(Failure.Kind.INVALID));
    }

    private static java.util.function.Predicate<Throwable> is(Failure.Kind kind) {
        return cause -> cause instanceof Failure failure && failure.kind == kind;
    }
}

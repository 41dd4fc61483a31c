package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.scheduler.NodeClaims.NodeClaim;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A scheduler that is not alone: what it learns of the others, and what it says of it. */
class SeveralControllersTest {
    private final Bench bench = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK), false);

    @BeforeEach
    void oneNode() {
        bench.node("n1", 4, 100);
    }

    @Test
    void what_the_other_gave_away_first_is_why_it_waits() {
        var waits = bench.submit(needs(3));
        Scheduler.Placed given = bench.scheduler.pass(10).placed().get(0);
        bench.scheduler.refused(given, claims(held("other.0.1", 2, "b")));
        assertThat(bench.explain(waits).message()).contains("has not enough free CPU (1)");
        assertThat(bench.scheduler.pass(10).placed()).isEmpty();
    }

    @Test
    void a_refusal_that_teaches_nothing_is_not_asked_for_again_at_once() {
        var waits = bench.submit(needs(3));
        Scheduler.Placed given = bench.scheduler.pass(10).placed().get(0);
        bench.scheduler.refused(given, claims(held(waits.executionId() + ".0.1", 3, "b")));
        assertThat(bench.scheduler.pass(10).placed()).isEmpty();
        assertThat(bench.explain(waits).message()).contains("has just given work of another controller the room (1)");
        bench.advance(Duration.ofSeconds(5));
        assertThat(bench.scheduler.pass(10).placed()).hasSize(1);
    }

    /** Found by the seeded run of two controllers: the other gave its claim back, and this one had written the attempt. */
    @Test
    void what_another_controller_has_claimed_for_an_attempt_is_not_written_by_this_one() {
        bench.submit(needs(3));
        Scheduler.Placed given = bench.scheduler.pass(10).placed().get(0);
        var theirs = bench.wish(bench.step(needs(2)));
        bench.scheduler.refused(given, claims(held(theirs.command().toString(), 2, "b")));
        assertThat(bench.scheduler.place(theirs).nodeId()).isNull();
    }

    @Test
    void what_was_taken_for_a_promise_that_has_ended_is_not_written() {
        bench.submit(needs(3));
        Scheduler.Placed late = bench.scheduler.pass(10).placed().get(0);
        bench.scheduler.tried(late); // for example it took longer than promises last
        Scheduler.Placed newer = bench.scheduler.pass(10).placed().get(0);
        assertThat(bench.scheduler.granted(late)).isFalse();
        assertThat(bench.scheduler.place(newer.unit().wishes().get(0)).nodeId()).isNull();
    }

    /** For example it was deleted and is asked for again while what was given to it before is on its way to the store. */
    @Test
    void the_end_of_one_promise_does_not_end_another_to_the_same_attempt() {
        var waits = bench.submit(needs(3));
        Scheduler.Placed late = bench.scheduler.pass(10).placed().get(0);
        bench.scheduler.forget(waits.executionId());
        bench.scheduler.written(null, bench.execution(waits));
        Scheduler.Placed newer = bench.scheduler.pass(10).placed().get(0);
        assertThat(newer.unit()).isEqualTo(late.unit());
        assertThat(bench.scheduler.granted(late)).isFalse();
        bench.scheduler.tried(late);
        assertThat(bench.scheduler.pass(10).placed()).as("it is being placed").isEmpty();
        assertThat(bench.scheduler.granted(newer)).isTrue();
        assertThat(bench.scheduler.place(newer.unit().wishes().get(0)).nodeId()).isEqualTo("n1");
    }

    @Test
    void that_an_id_is_taken_does_not_end_what_is_being_written_of_the_one_there_is() {
        var waits = bench.submit(needs(3));
        Scheduler.Placed given = bench.scheduler.pass(10).placed().get(0);
        bench.scheduler.notWritten(waits.executionId());
        assertThat(bench.scheduler.pass(10).placed()).as("it is being placed").isEmpty();
        assertThat(bench.scheduler.granted(given)).isTrue();
        assertThat(bench.scheduler.place(given.unit().wishes().get(0)).nodeId()).isEqualTo("n1");
    }

    @Test
    void what_took_longer_than_promises_last_waits_for_its_turn_again() {
        var waits = bench.submit(needs(3));
        Scheduler.Placed late = bench.scheduler.pass(10).placed().get(0);
        bench.advance(Duration.ofMillis(NodeClaims.PROMISE_MILLIS + 1));
        assertThat(bench.scheduler.pass(10).placed()).isEmpty();
        assertThat(bench.scheduler.granted(late)).isFalse();
        assertThat(bench.scheduler.pass(10).placed())
                .extracting(Scheduler.Placed::executionId)
                .containsExactly(waits.executionId());
    }

    /** Found by the seeded run of two controllers: the older was taken last and given back, and nothing was left. */
    @Test
    void a_claim_that_comes_late_does_not_replace_that_of_a_newer_promise() {
        var limits = new NodeClaims.Limits(Amounts.of(4, 100, 100), 4);
        var older = new NodeClaim("x.0.1", new Claim(1, 0, List.of()), 1, 1_000, "a", 6, null);
        var newer = new NodeClaim("x.0.1", new Claim(1, 0, List.of()), 1, 1_000, "a", 9, null);
        NodeClaims claims = claims().with(List.of(newer), limits);
        assertThat(claims.with(List.of(older), limits).claims()).containsExactly(newer);
        assertThat(claims().with(List.of(older), limits)
                        .with(List.of(newer), limits)
                        .claims())
                .containsExactly(newer);
    }

    @Test
    void of_two_that_place_the_same_attempt_the_first_has_it_until_that_is_given_back() {
        var limits = new NodeClaims.Limits(Amounts.of(4, 100, 100), 4);
        NodeClaims first = claims().with(List.of(held("x.0.1", 1, "a")), limits);
        assertThat(first.with(List.of(held("x.0.1", 1, "b")), limits)).isNull();
        assertThat(first.without(held("x.0.1", 1, "b")::equals)).isSameAs(first);
        var late = new NodeClaim("x.0.1", new Claim(1, 0, List.of()), 1, 1_000 + NodeClaims.PROMISE_MILLIS, "b");
        assertThat(first.with(List.of(late), limits))
                .as("it may be stored, and the second has not heard of that")
                .isNull();
    }

    @Test
    void what_was_held_for_a_deployment_deleted_elsewhere_is_held_no_more() {
        var claim = new Claim(2, 10, List.of());
        bench.scheduler.holds("gone/0", "n1", claim, false);
        bench.scheduler.holds("stays/0", "n1", claim, false);
        long asOf = bench.timeMillis() + 1;
        bench.advance(Duration.ofSeconds(5));
        bench.scheduler.holds("new/0", "n1", new Claim(0, 7, List.of()), false);
        bench.scheduler.holdsNothingElse(Set.of("stays/0"), asOf);
        assertThat(bench.amounts("n1").sums().claimed().cpu()).isEqualTo(2);
        assertThat(bench.amounts("n1").sums().claimed().memoryBytes())
                .as("one made since the others were read is not gone")
                .isEqualTo(17);
    }

    private static NodeClaims claims(NodeClaim... held) {
        return new NodeClaims("n1", 1, List.of(held));
    }

    private static NodeClaim held(String id, double cpu, String by) {
        return new NodeClaim(id, new Claim(cpu, 0, List.of()), 1, 1_000, by);
    }

    private static Requires needs(double cpu) {
        return RequiresBuilder.builder().cpu(cpu).memoryBytes(1L).build();
    }
}

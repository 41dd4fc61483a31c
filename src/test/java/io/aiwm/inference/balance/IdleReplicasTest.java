package io.aiwm.inference.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Calls of the background, which take only replicas that have nothing else to do. */
class IdleReplicasTest {
    private static final PlaceRequest BACKGROUND = new PlaceRequest("batch", 0, null, null, null, 10_000, true);

    private static String refusal(TurnedBalancer balancer, PlaceRequest ask) {
        return TurnedBalancer.error(balancer.balancer.acquire(ask)).code();
    }

    @Test
    void an_idle_replica_takes_half_of_the_calls_that_it_may_have() {
        TurnedBalancer balancer = TurnedBalancer.of(4, "r1");
        assertThat(balancer.balancer.idlePlaces()).isEqualTo(2);
        Place one = balancer.place(BACKGROUND);
        balancer.place(BACKGROUND);
        assertThat(balancer.balancer.idlePlaces()).as("with those that it has").isEqualTo(2);
        assertThat(refusal(balancer, BACKGROUND)).isEqualTo("not_idle");
        one.end(Place.Outcome.SUCCEEDED);
        assertThat(balancer.place(BACKGROUND)).isNotNull();
    }

    @Test
    void a_replica_with_a_call_of_a_person_is_not_idle_until_it_has_ended() {
        TurnedBalancer balancer = TurnedBalancer.of(4, "r1", "r2");
        Place person = balancer.place(TurnedBalancer.ask("ada"));
        String busy = person.replica().id();
        assertThat(balancer.balancer.idlePlaces()).isEqualTo(2);
        assertThat(balancer.place(BACKGROUND).replica().id()).isNotEqualTo(busy);
        assertThat(balancer.place(BACKGROUND).replica().id()).isNotEqualTo(busy);
        assertThat(refusal(balancer, BACKGROUND)).isEqualTo("not_idle");
        person.end(Place.Outcome.SUCCEEDED);
        assertThat(balancer.place(BACKGROUND).replica().id()).isEqualTo(busy);
    }

    @Test
    void who_waits_comes_first() {
        TurnedBalancer balancer = TurnedBalancer.of(1, "r1");
        Place line = balancer.place(BACKGROUND);
        var person = balancer.balancer.acquire(TurnedBalancer.ask("ada"));
        assertThat(person.isComplete()).isFalse();
        assertThat(balancer.balancer.idlePlaces()).isZero();
        assertThat(refusal(balancer, BACKGROUND)).isEqualTo("not_idle");
        line.end(Place.Outcome.SUCCEEDED);
        assertThat(person.isComplete()).isTrue();
        assertThat(refusal(balancer, BACKGROUND)).isEqualTo("not_idle");
        person.result().end(Place.Outcome.SUCCEEDED);
        assertThat(balancer.place(BACKGROUND)).isNotNull();
    }

    @Test
    void calls_of_the_background_take_no_place_that_a_person_could_have() {
        TurnedBalancer balancer = TurnedBalancer.of(4, "r1");
        balancer.place(BACKGROUND);
        balancer.place(BACKGROUND);
        assertThat(balancer.place(TurnedBalancer.ask("ada"))).isNotNull();
        assertThat(balancer.place(TurnedBalancer.ask("ada"))).isNotNull();
        assertThat(balancer.balancer.idlePlaces()).isZero();
    }

    @Test
    void a_replica_that_failed_the_call_is_not_taken_again() {
        TurnedBalancer balancer = TurnedBalancer.of(0, "r1");
        var again = new PlaceRequest("batch", 0, null, null, Set.of("r1"), 10_000, true);
        assertThat(refusal(balancer, again)).isEqualTo("no_replica_left");
    }

    @Test
    void a_deployment_that_makes_room_takes_nothing() {
        TurnedBalancer balancer = TurnedBalancer.of(4, "r1");
        balancer.balancer.update(GatewayConfigDeployedBuilder.builder(TurnedBalancer.deployed(4, 0, true, "r1"))
                .yields(true)
                .build());
        assertThat(balancer.balancer.idlePlaces()).isZero();
        assertThat(refusal(balancer, BACKGROUND)).isEqualTo("not_idle");
    }

    @Test
    void a_deployment_without_replicas_is_woken() {
        TurnedBalancer balancer = TurnedBalancer.of(0);
        balancer.balancer.update(TurnedBalancer.deployed(0, 0, true));
        assertThat(balancer.balancer.idlePlaces()).isZero();
        assertThat(balancer.woken).containsExactly("dep_1");
    }

    @Test
    void a_deployment_that_does_not_scale_is_not_woken() {
        TurnedBalancer balancer = TurnedBalancer.of(0);
        assertThat(balancer.balancer.idlePlaces()).isZero();
        assertThat(balancer.woken).isEmpty();
    }
}

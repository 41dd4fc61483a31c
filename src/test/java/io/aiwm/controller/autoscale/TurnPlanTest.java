package io.aiwm.controller.autoscale;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.autoscale.SharedGpus.Model;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Models on GPUs that are too small for all of them; each step is a second, and decides once. */
class TurnPlanTest {

    private static SharedGpus gpus(int... sizes) {
        return new SharedGpus(new Random(1), sizes);
    }

    @Test
    void an_idle_one_makes_room_once_it_has_been_there_for_its_time() {
        SharedGpus gpus = gpus(80);
        Model qwen = gpus.model("qwen", 50, 60);
        Model llama = gpus.model("llama", 50, 60);
        qwen.calls(1, 5);
        gpus.pass(30);
        assertThat(qwen.isReady()).isTrue();
        llama.calls(1, 5);
        gpus.pass(2);
        Turn turn = gpus.turn(llama);
        assertThat(turn.code()).isEqualTo(Turn.Code.RESIDENCE);
        assertThat(turn.text())
                .isEqualTo("waits for qwen to have been resident 60 s; " + turn.secondsLeft() + " s left");
        assertThat(turn.waitsFor()).containsExactly("qwen");
        long left = turn.secondsLeft();
        gpus.pass((int) left);
        assertThat(gpus.turn(llama).code()).isEqualTo(Turn.Code.YIELDING);
        gpus.pass(20);
        assertThat(llama.isReady()).isTrue();
        assertThat(llama.served).isEqualTo(1);
        assertThat(qwen.isAsleep()).isTrue();
    }

    @Test
    void of_several_that_are_idle_the_one_that_was_called_least_recently_goes() {
        SharedGpus gpus = gpus(80);
        Model old = gpus.model("old", 40, 10);
        Model used = gpus.model("used", 40, 10);
        Model next = gpus.model("next", 40, 10);
        old.calls(1, 1);
        used.calls(1, 1);
        gpus.pass(40);
        used.calls(1, 1);
        gpus.pass(5);
        next.calls(1, 1);
        gpus.pass(20);
        assertThat(next.isReady()).isTrue();
        assertThat(old.isAsleep()).isTrue();
        assertThat(used.isReady()).isTrue();
    }

    @Test
    void who_cannot_help_is_left_alone_and_as_few_as_needed_go() {
        SharedGpus gpus = gpus(80, 25);
        Model small = gpus.model("small", 25, 10);
        Model a = gpus.model("a", 30, 10);
        Model b = gpus.model("b", 30, 10);
        Model large = gpus.model("large", 75, 10);
        Model tooLarge = gpus.model("too-large", 90, 10);
        for (Model one : List.of(small, a, b)) {
            one.calls(1, 1);
        }
        gpus.pass(60);
        tooLarge.calls(1, 1);
        gpus.pass(5);
        assertThat(gpus.turn(tooLarge).code()).isEqualTo(Turn.Code.NO_ROOM);
        large.calls(1, 1);
        gpus.pass(30);
        assertThat(large.isReady()).isTrue();
        assertThat(a.isAsleep()).isTrue();
        assertThat(b.isAsleep()).isTrue();
        assertThat(small.isReady()).isTrue();
        assertThat(gpus.turn(tooLarge).code()).isEqualTo(Turn.Code.NO_ROOM);
    }

    @Test
    void one_that_has_calls_without_a_pause_lets_those_under_way_end_and_the_others_wait() {
        SharedGpus gpus = gpus(80);
        Model qwen = gpus.model("qwen", 50, 30);
        Model llama = gpus.model("llama", 50, 30);
        qwen.traffic(2, 8);
        gpus.pass(100);
        llama.calls(1, 5);
        gpus.pass(5);
        assertThat(gpus.turn(llama).code()).isEqualTo(Turn.Code.BUSY);
        assertThat(gpus.turn(llama).text()).startsWith("waits for qwen to have no calls (it has ");
        gpus.pass(8);
        assertThat(gpus.turn(llama).text()).contains("that are under way", "it gets no new ones");
        gpus.pass(30);
        assertThat(llama.served).isEqualTo(1);
        assertThat(qwen.cut).isZero();
        assertThat(qwen.waiting()).isPositive();
        gpus.pass(60);
        assertThat(qwen.isReady()).isTrue();
    }

    @Test
    void one_whose_calls_do_not_end_goes_on_and_is_asked_again_only_after_its_time() {
        SharedGpus gpus = gpus(80);
        Model qwen = gpus.model("qwen", 50, 60);
        Model llama = gpus.model("llama", 50, 60);
        qwen.calls(1, 10_000);
        gpus.pass(100);
        llama.calls(1, 5);
        gpus.pass(20);
        assertThat(gpus.turn(llama).code()).isEqualTo(Turn.Code.YIELDING);
        gpus.pass(300);
        assertThat(gpus.turn(llama).code()).isEqualTo(Turn.Code.RESIDENCE);
        assertThat(qwen.isReady()).isTrue();
        assertThat(qwen.cut).isZero();
    }

    @Test
    void when_nobody_waits_any_more_it_gets_calls_again() {
        SharedGpus gpus = gpus(80);
        Model qwen = gpus.model("qwen", 50, 10);
        Model llama = gpus.model("llama", 50, 10);
        qwen.calls(1, 100);
        gpus.pass(60);
        llama.calls(1, 5);
        gpus.pass(15);
        assertThat(qwen.isYielding()).isTrue();
        llama.hangUp();
        gpus.pass(1);
        assertThat(qwen.isYielding()).isFalse();
        assertThat(qwen.isReady()).isTrue();
    }

    @Test
    void where_a_controller_is_silent_nobody_is_put_to_sleep() {
        SharedGpus gpus = gpus(80);
        Model qwen = gpus.model("qwen", 50, 10);
        Model llama = gpus.model("llama", 50, 10);
        qwen.calls(1, 5);
        gpus.pass(60);
        gpus.whole = false;
        llama.calls(1, 5);
        gpus.pass(100);
        assertThat(qwen.isReady()).isTrue();
        gpus.whole = true;
        gpus.pass(30);
        assertThat(llama.served).isEqualTo(1);
    }

    @Test
    void whatever_comes_nobody_is_cut_or_leaves_early_and_all_that_have_calls_are_served() {
        for (int seed = 0; seed < 400; seed++) {
            var random = new Random(seed);
            int[] sizes = random.ints(1 + random.nextInt(3), 40, 100).toArray();
            var gpus = new SharedGpus(random, sizes);
            gpus.what = "seed " + seed;
            gpus.varied = true;
            int count = 2 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                Model one = gpus.model("m" + i, 10 + random.nextInt(60), 10 + random.nextInt(60));
                if (random.nextInt(3) > 0) {
                    one.traffic(1 + random.nextInt(3), 1 + random.nextInt(15));
                } else {
                    one.occasional(0.02, 1 + random.nextInt(20));
                }
            }
            gpus.diesWith = random.nextInt(3) == 0 ? 0.01 : 0;
            gpus.pass(3_000);
            gpus.models()
                    .filter(gpus::fitsAtAll)
                    .forEach(one -> assertThat(one.longestWait)
                            .as(gpus.what + " " + one + " served " + one.served)
                            .isLessThan(count * 240));
            gpus.models()
                    .forEach(one -> assertThat(one.slept)
                            .as(gpus.what + " " + one)
                            .isLessThanOrEqualTo(3_000 / one.residence()));
        }
    }

    /** Has room for the one that waits when these are away. @param gone those that must be away with all they hold */
    private static TurnRoom roomWithout(Set<String> asleep, Set<String> gone) {
        var away = new HashMap<String, Boolean>();
        return new TurnRoom() {
            @Override
            public boolean fits(String waiterId) {
                return away.keySet().containsAll(asleep)
                        && gone.stream().allMatch(id -> Boolean.TRUE.equals(away.get(id)));
            }

            @Override
            public void take(String waiterId) {}

            @Override
            public void without(String residentId, boolean all) {
                away.put(residentId, all || residentId.startsWith("asleep"));
            }

            @Override
            public void with(String residentId) {
                away.remove(residentId);
            }

            @Override
            public String why(String waiterId) {
                return "no room";
            }
        };
    }

    private static Resident resident(String id, Resident.Phase phase, boolean keeps) {
        return ResidentBuilder.builder()
                .id(id)
                .name(id)
                .phase(phase)
                .residentMillis(100_000)
                .residenceMillis(10_000)
                .idleMillis(50_000)
                .keeps(keeps)
                .build();
    }

    private static TurnPlan.Plan plan(TurnPlan.Waiter waiter, TurnRoom room, Resident... residents) {
        return TurnPlan.of(List.of(waiter), List.of(residents), room, true);
    }

    @Test
    void one_that_sleeps_is_removed_only_where_what_it_still_holds_is_needed() {
        var waiter = new TurnPlan.Waiter("llama", "llama", 1_000);
        Resident sleeper = resident("asleep", Resident.Phase.ASLEEP, false);
        Resident awake = resident("qwen", Resident.Phase.AWAKE, true);

        var falls = plan(waiter, roomWithout(Set.of("qwen"), Set.of()), sleeper, awake);
        assertThat(falls.yield()).containsOnlyKeys("qwen");
        assertThat(falls.evict()).isEmpty();

        var evicts = plan(waiter, roomWithout(Set.of(), Set.of("asleep")), sleeper, awake);
        assertThat(evicts.evict()).containsOnlyKeys("asleep");
        assertThat(evicts.yield()).isEmpty();

        // one that is awake falls asleep first, and is removed when it sleeps
        var both = plan(waiter, roomWithout(Set.of(), Set.of("qwen")), awake);
        assertThat(both.yield()).containsOnlyKeys("qwen");
    }

    @Test
    void one_that_finds_no_room_where_it_sleeps_is_started_elsewhere_after_a_while() {
        TurnRoom none = roomWithout(Set.of("nobody"), Set.of());
        long enough = TurnPlan.ELSEWHERE_AFTER_MILLIS;
        assertThat(plan(new TurnPlan.Waiter("llama", "llama", enough - 1, true), none)
                        .elsewhere())
                .isEmpty();
        assertThat(plan(new TurnPlan.Waiter("llama", "llama", enough, true), none)
                        .elsewhere())
                .containsExactly("llama");
        assertThat(plan(new TurnPlan.Waiter("llama", "llama", enough, false), none)
                        .elsewhere())
                .isEmpty();
    }
}

package io.aiwm.controller.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.aiwm.common.Failure;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DagTest {
    @Test
    void steps_of_a_gang_must_become_ready_together() {
        var steps = List.of(gang(0, List.of(), null), gang(1, List.of(), "g"), gang(2, List.of(0), "g"));
        assertThatThrownBy(() -> Dag.check(steps, 10))
                .hasMessageContaining("/steps/2/gang: steps of gang g must depend on the same steps");
    }

    private static StepSpec gang(int index, List<Integer> on, String gang) {
        return StepSpecBuilder.builder()
                .index(index)
                .command("system.healthCheck")
                .dependsOn(on)
                .maxRetries(0)
                .gang(gang)
                .build();
    }

    @Test
    void a_cycle_is_named() {
        Failure refusal = refusal(step(0, 2), step(1, 0), step(2, 1), step(3));
        assertThat(refusal.kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
        assertThat(refusal.errors).hasSize(1);
        assertThat(refusal.errors.get(0).detail()).isEqualTo("makes a cycle: 0 (s0) -> 2 (s2) -> 1 (s1) -> 0 (s0)");
    }

    @Test
    void a_step_behind_a_cycle_does_not_hide_it() {
        assertThat(refusal(step(0, 1), step(1, 2), step(2, 1)).getMessage()).contains("1 (s1) -> 2 (s2) -> 1 (s1)");
    }

    @Test
    void every_mistake_is_named_with_its_path() {
        StepSpec nonsense = StepSpecBuilder.builder()
                .index(1)
                .command("deployment.explode")
                .dependsOn(List.of(1, 7, 0, 0))
                .sameNodeAs(3)
                .maxRetries(0)
                .build();
        assertThat(refusal(step(0), nonsense).errors)
                .extracting(Failure.FieldError::pointer)
                .containsExactly(
                        "/steps/1/command",
                        "/steps/1/dependsOn/0",
                        "/steps/1/dependsOn/1",
                        "/steps/1/dependsOn/3",
                        "/steps/1/sameNodeAs");
    }

    @Test
    void the_limit_on_steps_holds_at_its_edge() {
        List<StepSpec> steps = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            steps.add(i == 0 ? step(0) : step(i, i - 1));
        }
        assertThatCode(() -> Dag.check(steps, 1_000)).doesNotThrowAnyException();
        steps.add(step(1_000));
        assertThat(catchThrowableOfType(Failure.class, () -> Dag.check(steps, 1_000))
                        .getMessage())
                .isEqualTo("/steps: has 1001 steps; the limit is 1000");
    }

    private static Failure refusal(StepSpec... steps) {
        return catchThrowableOfType(Failure.class, () -> Dag.check(List.of(steps), 1_000));
    }

    private static StepSpec step(int index, Integer... dependsOn) {
        return StepSpecBuilder.builder()
                .index(index)
                .name("s" + index)
                .command("system.healthCheck")
                .dependsOn(List.of(dependsOn))
                .maxRetries(0)
                .build();
    }
}

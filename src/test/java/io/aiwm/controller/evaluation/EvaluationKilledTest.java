package io.aiwm.controller.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.model.Mortal;
import io.aiwm.testing.ToolServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run of an evaluation goes on after its controller died. */
class EvaluationKilledTest extends EvaluationRig {
    /** Whichever write it is: the run ends, no trial is made twice, no tool is called twice for one trial. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_run_goes_on_after_the_death_of_its_controller_at_any_write(boolean done) {
        rig.tool(rig.weather("POST"));
        rig.agent(null, "weather");
        evaluation(asked("weather", "What is the weather?", Expectation.toolCalled("weather", null)));
        boolean dies = true;
        for (int at = 0; dies; at++) {
            dies = dies(at, done);
        }
    }

    private boolean dies(int at, boolean done) {
        String id = "evalrun_" + done + at;
        var mortal = new Mortal(at, done);
        rig.begin(mortal::of, List.of("127.0.0.1"));
        try {
            begin(id, null, of("helper", 1), of("helper", 1));
        } catch (Failure dead) {
            assertThat(mortal.isDead()).isTrue();
        }
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> mortal.isDead() || isOver(id, mortal));
        rig.begin(seen -> seen, List.of("127.0.0.1"));
        try {
            begin(id, null, of("helper", 1), of("helper", 1)); // a client that heard nothing sends it again
        } catch (Failure there) {
            assertThat(there.kind).isEqualTo(Failure.Kind.CONFLICT);
        }
        await("at " + at).atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            rig.agents().driver().run().await();
            rig.process.evaluations().driver().run().await();
            return runs().get(id, null).await().endedAt() != null;
        });
        EvaluationRun run = runs().get(id, null).await();
        assertThat(execution(run).status()).as("at " + at).isEqualTo(ExecutionState.COMPLETED);
        List<EvaluationResult> results =
                runs().compared(run).await().rows().get(0).results();
        assertThat(results).as("at " + at).hasSize(2).allMatch(result -> result.passed() && result.error() == null);
        // what a dead one had sent may arrive when the next run is under way, and is not one of its calls
        assertThat(rig.toolServer.asked.stream().map(ToolServer.Asked::key))
                .as("at " + at)
                .doesNotHaveDuplicates()
                .filteredOn(key -> results.stream().anyMatch(result -> key.startsWith(result.executionId() + ".")))
                .hasSizeBetween(mortal.isDead() ? 0 : 4, 4);
        return mortal.isDead();
    }

    /** It may die while it is asked. */
    private boolean isOver(String id, Mortal mortal) {
        try {
            return runs().get(id, null).await().endedAt() != null;
        } catch (Failure dead) {
            assertThat(mortal.isDead()).isTrue();
            return true;
        }
    }
}

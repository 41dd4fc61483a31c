package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.protocol.CommandNames;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An engine that is woken has its GPUs from the moment its node is asked, until its owner says what it has. */
class WakingClaimsTest {
    private static final String ID = "dep_1/0";
    private final Bench bench = new Bench(Bench.settings(Config.Scheduler.Packing.BINPACK));

    private static Requires gpu(long memory) {
        return RequiresBuilder.builder()
                .gpus(new Requires.Gpus(1, memory, null, List.of(0)))
                .build();
    }

    private void tells(long memory, boolean underWay) {
        bench.scheduler.holds(
                ID,
                "n1",
                new Claim(Amounts.of(0, 0, 0).withGpus(List.of(new Amounts.Gpu(0, memory))), List.of()),
                underWay);
    }

    private StepSpec wake(long memory) {
        return StepSpecBuilder.builder(bench.pinned(gpu(memory), "n1"))
                .command(CommandNames.DEPLOYMENT_WAKE)
                .claimId(ID)
                .maxRetries(0)
                .build();
    }

    private long claimed() {
        return bench.amounts("n1").gpus().get(0).claimedBytes();
    }

    @Test
    void what_stays_of_it_counts_once_when_it_takes_its_gpu_again() {
        bench.gpus("n1", 51);
        tells(2, true);
        Bench.Given wakes = bench.submit(wake(50));
        assertThat(wakes.nodeId()).isEqualTo("n1");
        assertThat(claimed()).isEqualTo(50);
    }

    @Test
    void one_that_waits_is_tried_without_what_it_holds_itself() {
        bench.gpus("n1", 51);
        tells(2, true);
        bench.scheduler.holds(
                "dep_2/0", "n1", new Claim(Amounts.of(0, 0, 0).withGpus(List.of(new Amounts.Gpu(0, 40)))), false);
        Bench.Given wakes = bench.submit(wake(50));
        assertThat(wakes.nodeId()).isNull();
        var execution = bench.execution(wakes);
        boolean fits = bench.scheduler.trial(trial -> {
            trial.without(List.of("dep_2/0"), Map.of());
            return trial.fits(execution, 0);
        });
        assertThat(fits).isTrue();
        assertThat(claimed()).isEqualTo(42);
    }

    @Test
    void after_a_wake_that_failed_nobody_else_gets_its_gpu_until_its_owner_has_said_what_it_holds() {
        bench.gpus("n1", 80);
        tells(2, true);
        Bench.Given wakes = bench.submit(wake(50));
        bench.fails(wakes);
        assertThat(claimed()).isEqualTo(50);
        Bench.Given other = bench.submit(bench.step(gpu(40)));
        assertThat(other.nodeId()).isNull();
        tells(2, false);
        assertThat(claimed()).isEqualTo(2);
        bench.pass();
        assertThat(other.nodeId()).isEqualTo("n1");
    }
}

package io.aiwm.controller.job;

import static io.aiwm.controller.deployment.Fleet.await;

import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.controller.ToldEvents;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.deployment.FleetRig;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Each type of event of executions with their steps, and of jobs, by what makes it. */
class WorkEventTypesTest extends FleetRig {
    private String id;

    private ToldEvents events(String... prefixes) {
        return new ToldEvents(fleet.store, folder, Set.of(Executions.COLLECTION.name()), prefixes);
    }

    private void execute(boolean start, int retries, Duration time) {
        var step = StepSpecBuilder.builder()
                .index(0)
                .name("s")
                .command("system.healthCheck")
                .dependsOn(List.of())
                .maxRetries(retries)
                .build();
        id = await(fleet.executions.create(
                        NewExecutionBuilder.builder()
                                .name("x")
                                .start(start)
                                .timeoutMs(time.toMillis())
                                .steps(List.of(step))
                                .build(),
                        "ada"))
                .id();
    }

    private static Function<String, CommandError> fails(boolean retryable) {
        return command -> new CommandError(ErrorCategory.INVALID, "on purpose", retryable);
    }

    private void passes(Duration time) {
        fleet.now.updateAndGet(now -> now.plus(time));
        await(fleet.executions.look(id));
    }

    @Test
    void each_type_of_an_execution_and_its_steps_is_told() {
        Duration hour = Duration.ofHours(1);
        try (var events = events("execution.", "step.")) {
            events.tells(() -> execute(false, 0, hour), "execution.created");
            events.tells(() -> await(fleet.executions.start(id, "ada")), "execution.started");
            events.tells(() -> fleet.work(id), "step.started", "step.completed", "execution.completed");
            events.tells(
                    () -> {
                        execute(true, 0, hour);
                        fleet.work(id, fails(false));
                    },
                    "execution.created",
                    "execution.started",
                    "step.started",
                    "step.failed!",
                    "execution.failed!");
            events.tells(
                    () -> {
                        await(fleet.executions.retry(id, RetrySelection.UNFINISHED, "ada"));
                        fleet.work(id);
                    },
                    "execution.retried",
                    "step.started",
                    "step.completed",
                    "execution.completed");
            events.tells(
                    () -> {
                        execute(true, 1, hour);
                        fleet.work(id, fails(true));
                    },
                    "execution.created",
                    "execution.started",
                    "step.started",
                    "step.retrying?");
            events.tells(
                    () -> {
                        await(fleet.executions.cancel(id, "enough", "ada"));
                        fleet.work(id);
                    },
                    "step.cancelled",
                    "execution.cancelled");
            events.tells(
                    () -> {
                        execute(true, 0, hour);
                        await(fleet.executions.cancel(id, "enough", "ada"));
                        fleet.work(id);
                    },
                    "execution.created",
                    "execution.started",
                    "execution.cancelling",
                    "step.started",
                    "step.cancelled",
                    "execution.cancelled");
            events.tells(
                    () -> {
                        execute(true, 0, Duration.ofMinutes(1));
                        passes(hour);
                    },
                    "execution.created",
                    "execution.started",
                    "step.timeout!",
                    "execution.timeout!");
            events.areAllThatAreDocumented();
        }
    }

    @Test
    void each_type_of_a_job_is_told() {
        var jobs = new Jobs(fleet.executions, fleet, fleet.files, Fleet.JOBS, RegistryPasswords.WITHOUT_SECRETS);
        try (var events = events("job.")) {
            Runnable create = () -> {
                id = Ids.next(Jobs.PREFIX);
                var request = Json.decode("{\"image\":\"busybox\",\"timeoutMs\":60000}", JobRequest.class);
                await(jobs.create(id, request, "ada"));
            };
            events.tells(create, "job.created", "job.started");
            events.tells(() -> fleet.work(id), "job.completed");
            events.tells(create, "job.created", "job.started");
            events.tells(() -> fleet.work(id, fails(false)), "job.failed!");
            events.tells(() -> await(jobs.retry(id, "ada")), "job.retried");
            events.tells(
                    () -> {
                        await(jobs.cancel(id, "enough", "ada"));
                        fleet.work(id);
                    },
                    "job.cancelling",
                    "job.cancelled");
            events.tells(create, "job.created", "job.started");
            events.tells(() -> passes(Duration.ofDays(1)), "job.timeout!");
            events.areAllThatAreDocumented();
        }
    }
}

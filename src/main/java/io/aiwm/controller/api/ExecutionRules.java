package io.aiwm.controller.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.http.CommandSchemas;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.RequestCheck;
import io.aiwm.controller.node.LabelSelector;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.protocol.CommandNames;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What the contract cannot say of an execution that is asked for: that what it names exists, and that workers can read it. */
final class ExecutionRules {
    private static final String DEPLOYMENT_COMMANDS = "deployment.";

    private final Executions executions;
    private final NodeDirectory nodes;
    private final Function<String, Future<?>> deployments;
    private final Function<String, Future<?>> files;

    /** @param deployments finds a deployment by its id, fails with NOT_FOUND where there is none; files likewise */
    ExecutionRules(
            Executions executions,
            NodeDirectory nodes,
            Function<String, Future<?>> deployments,
            Function<String, Future<?>> files) {
        this.executions = executions;
        this.nodes = nodes;
        this.deployments = deployments;
        this.files = files;
    }

    /** The same execution, its steps numbered. Fails with UNPROCESSABLE naming everything that is wrong. */
    Future<NewExecution> checked(Request request, String id) {
        NewExecution wanted = numbered(request.body(NewExecution.class), id);
        var errors = new ArrayList<FieldError>(0);
        if (Execution.JOB.equals(wanted.category()) && Execution.JOB.equals(wanted.type())) {
            errors.add(new FieldError("/type", "a job of type job is made by POST /api/jobs"));
        }
        JsonNode steps = request.tree().path("steps");
        boolean measure = CommandSchemas.worthMeasuring(request.writtenOut().length());
        for (StepSpec step : wanted.steps()) {
            JsonNode data = steps.path(step.index()).path("data");
            check(step, data.isMissingNode() ? RequestCheck.NOTHING : data, measure, errors);
        }
        // awaited one after the other: nearly every execution names none
        Future<Void> named = Future.succeededFuture();
        if (wanted.parentExecutionId() != null) {
            named = exists(
                    executions.get(wanted.parentExecutionId()),
                    new FieldError("/parentExecutionId", "execution " + wanted.parentExecutionId() + " does not exist"),
                    errors);
        }
        for (Map.Entry<String, Integer> deployment : deploymentsOf(wanted).entrySet()) {
            var missing = new FieldError(
                    "/steps/" + deployment.getValue() + "/data/deploymentId",
                    "deployment " + deployment.getKey() + " does not exist; POST /api/deployments makes one");
            named = named.compose(done -> exists(deployments.apply(deployment.getKey()), missing, errors));
        }
        for (Map.Entry<String, Integer> file : filesOf(wanted).entrySet()) {
            var missing = new FieldError(
                    "/steps/" + file.getValue() + "/data/inputs/fileId",
                    "file " + file.getKey() + " does not exist; POST /api/jobs/inputs uploads one");
            named = named.compose(done -> exists(files.apply(file.getKey()), missing, errors));
        }
        return named.map(done -> {
            if (!errors.isEmpty()) {
                FieldError first = errors.get(0);
                throw new Failure(Failure.Kind.UNPROCESSABLE, first.pointer() + ": " + first.detail(), errors);
            }
            return wanted;
        });
    }

    private void check(StepSpec step, JsonNode data, boolean measure, List<FieldError> errors) {
        String at = "/steps/" + step.index();
        if (step.nodeId() != null && nodes.find(step.nodeId()) == null) {
            errors.add(new FieldError(at + "/nodeId", "node " + step.nodeId() + " does not exist"));
        }
        if (step.requires() != null && step.requires().labelSelector() != null) {
            try {
                LabelSelector.parse(step.requires().labelSelector());
            } catch (Failure unreadable) {
                errors.add(new FieldError(at + "/requirements/labelSelector", unreadable.getMessage()));
            }
        }
        if (CommandNames.isControllers(step.command())) {
            errors.add(new FieldError(
                    at + "/command",
                    "is not for you to give; POST /api/jobs with a count, or /api/models/download, makes one"));
        }
        int before = errors.size();
        CommandSchemas.check(step.command(), data, at + "/data", errors);
        if (errors.size() == before) {
            StepData.check(step, at + "/data", errors);
        }
        masks(step, at + "/data", errors);
        if (measure) {
            CommandSchemas.checkSize(data, at + "/data", errors);
        }
    }

    private static void masks(StepSpec step, String at, List<FieldError> errors) {
        SecretValues.refuse(step.data(), (pointer, why) -> {
            if (errors.stream().noneMatch(known -> known.pointer().equals(at + pointer))) {
                errors.add(new FieldError(at + pointer, why));
            }
        });
    }

    /**
     * The deployments that steps work on, each with the first of these steps. A container of a deployment that does not
     * exist would be watched by the worker and be visible to nobody.
     */
    private static Map<String, Integer> deploymentsOf(NewExecution wanted) {
        var named = new LinkedHashMap<String, Integer>();
        for (StepSpec step : wanted.steps()) {
            if (step.command().startsWith(DEPLOYMENT_COMMANDS)
                    && step.data().getValue("deploymentId") instanceof String id) {
                named.putIfAbsent(id, step.index());
            }
        }
        return named;
    }

    /** The inputs that programs name, each with the first step that does. */
    private static Map<String, Integer> filesOf(NewExecution wanted) {
        var named = new LinkedHashMap<String, Integer>();
        for (StepSpec step : wanted.steps()) {
            if (CommandNames.JOB_RUN.equals(step.command())
                    && step.data().getValue("inputs") instanceof JsonObject inputs
                    && inputs.getValue("fileId") instanceof String id) {
                named.putIfAbsent(id, step.index());
            }
        }
        return named;
    }

    private static Future<Void> exists(Future<?> found, FieldError missing, List<FieldError> errors) {
        return found.<Void>mapEmpty().recover(cause -> {
            if (Failure.of(cause).kind != Failure.Kind.NOT_FOUND) {
                return Future.failedFuture(cause);
            }
            errors.add(missing);
            return Future.succeededFuture();
        });
    }

    /** A program is told whose run it is; who asks for an execution cannot know its id yet. */
    private static JsonObject data(StepSpec step, String id) {
        return CommandNames.JOB_RUN.equals(step.command()) && step.data().getValue("jobId") == null
                ? step.data().copy().put("jobId", id)
                : step.data();
    }

    private static NewExecution numbered(NewExecution wanted, String id) {
        var steps = new ArrayList<StepSpec>(wanted.steps().size());
        for (StepSpec step : wanted.steps()) {
            steps.add(StepSpecBuilder.builder()
                    .index(steps.size())
                    .name(step.name())
                    .command(step.command())
                    .data(data(step, id))
                    .dependsOn(step.dependsOn())
                    .optional(step.optional())
                    .nodeId(step.nodeId())
                    .sameNodeAs(step.sameNodeAs())
                    .requires(StepData.requires(step))
                    .timeoutMs(step.timeoutMs())
                    .maxRetries(step.maxRetries())
                    .onNodeLost(step.onNodeLost())
                    .priority(step.priority())
                    .preemptible(step.preemptible())
                    .gang(step.gang())
                    .build());
        }
        return NewExecutionBuilder.builder()
                .id(id)
                .name(wanted.name())
                .category(wanted.category())
                .type(wanted.type())
                .resourceType(wanted.resourceType())
                .resourceId(wanted.resourceId())
                .parentExecutionId(wanted.parentExecutionId())
                .timeoutMs(wanted.timeoutMs())
                .start(wanted.start())
                .steps(steps)
                .build();
    }
}

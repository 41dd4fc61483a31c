package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.Json;
import io.aiwm.controller.deployment.ContainerRules;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.job.JobData;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ContainerSettings;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.JobCommand;
import io.aiwm.protocol.ModelSource;
import io.aiwm.protocol.ModelUrl;
import io.aiwm.protocol.NodeModel;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What the schema of a command cannot say of a step's data: how its fields fit together. What a worker would refuse on its
 * node, whatever its policy, is refused where it is asked for.
 */
final class StepData {
    private static final Requires NOTHING = RequiresBuilder.builder().build();

    private StepData() {}

    /** @param at pointer of the data in the request; the data fits its schema */
    static void check(StepSpec step, String at, List<FieldError> errors) {
        JsonObject data = step.data();
        try {
            switch (step.command()) {
                case CommandNames.JOB_RUN -> {
                    var job = Json.decode(data, JobCommand.class);
                    errors.addAll(JobData.mistakes(job, at, claimed(step)));
                    boolean gpus = step.requires() != null
                            && JobData.asksForGpus(step.requires().gpus());
                    if (gpus && JobCommand.PROCESS.equals(job.runtime())) {
                        String ofStep = at.substring(0, at.lastIndexOf('/'));
                        errors.add(new FieldError(ofStep + "/requirements/gpus", JobData.NO_GPUS));
                    }
                }
                case CommandNames.DEPLOYMENT_CREATE, CommandNames.DEPLOYMENT_UPDATE -> {
                    var spec = Json.decode(data.getJsonObject("spec"), ContainerSpec.class);
                    ContainerRules.mistakes(spec)
                            .forEach(one -> errors.add(new FieldError(at + one.pointer(), one.detail())));
                }
                case CommandNames.MODEL_DOWNLOAD, CommandNames.MODEL_CACHE -> model(data, true, at, errors);
                case CommandNames.MODEL_DELETE -> model(data, false, at, errors);
                default -> {}
            }
        } catch (Failure unreadable) { // a number beyond what a field can hold
            errors.add(new FieldError(at, unreadable.getMessage()));
        }
    }

    /** What the step needs of its node: what it says, and a worker that knows all that its data says of a container. */
    static Requires requires(StepSpec step) {
        boolean job = CommandNames.JOB_RUN.equals(step.command());
        Object container = job ? step.data() : step.data().getValue("spec");
        if (!(container instanceof JsonObject said)) {
            return step.requires();
        }
        Requires wish = step.requires() == null ? NOTHING : step.requires();
        List<String> asked = wish.capabilities() == null ? List.of() : wish.capabilities();
        List<String> needed = job
                ? ofJob(said, asked)
                : Json.decode(said, ContainerSpec.class).withCapabilities(asked);
        return needed.equals(asked) ? step.requires() : wish.withCapabilities(needed);
    }

    private static List<String> ofJob(JsonObject said, List<String> asked) {
        return ContainerSettings.FIELDS.stream().anyMatch(field -> said.getValue(field) != null)
                ? ContainerSettings.withCapability(asked)
                : asked;
    }

    private static Long claimed(StepSpec step) {
        Long asked = step.requires() == null ? null : step.requires().memoryBytes();
        return asked == null || asked == 0 ? null : asked;
    }

    /** A peer is named by the controller alone, which knows who has what. */
    private static void sources(JsonObject data, String at, List<FieldError> errors) {
        JsonArray files = data.getJsonArray("files", new JsonArray());
        for (int f = -1; f < files.size(); f++) {
            JsonObject from = f < 0 ? data : files.getJsonObject(f);
            String here = f < 0 ? at : at + "/files/" + f;
            JsonArray sources = from.getJsonArray("sources", new JsonArray());
            for (int i = 0; i < sources.size(); i++) {
                JsonObject source = sources.getJsonObject(i);
                String where = here + "/sources/" + i;
                if (ModelSource.Kind.peer.name().equals(source.getString("kind"))) {
                    errors.add(new FieldError(where + "/kind", "must be store or origin; peers are added by AIWM"));
                }
                String mistake = ModelUrl.mistake(source.getString("url", ""));
                if (mistake != null) {
                    errors.add(new FieldError(where + "/url", mistake));
                }
            }
        }
    }

    private static void model(JsonObject data, boolean byUrl, String at, List<FieldError> errors) {
        String name = data.getString("name");
        String id = data.getString("id");
        String url = byUrl ? data.getString("url") : null;
        String said = NodeModel.nameOf(name, id, url);
        if (said == null) {
            errors.add(new FieldError(at + "/name", "is missing: say a name or an id" + (byUrl ? ", or a url" : "")));
            return;
        }
        String version = data.getString("version");
        if (version != null && NodeModel.nameOf(version) == null) {
            errors.add(new FieldError(at + "/version", "is not the name of a version"));
        }
        if (byUrl) {
            sources(data, at, errors);
        }
        String mistake = url == null ? null : ModelUrl.mistake(url);
        if (mistake != null) {
            errors.add(new FieldError(at + "/url", mistake));
        } else if (NodeModel.nameOf(said) == null) {
            errors.add(new FieldError(
                    at + (name != null ? "/name" : id != null ? "/id" : "/url"),
                    "does not give the name of a model: letters, digits, '.', '_', '-' and '/', not ending in"
                            + " .part or .json"));
        }
    }
}

package io.aiwm.controller.deployment;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.controller.deployment.engine.EngineRules;
import io.aiwm.controller.model.estimate.EngineKind;
import io.aiwm.controller.model.estimate.EstimateRequest;
import io.aiwm.controller.node.LabelSelector;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.ModelUrl;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What the controller refuses before anything is stored. The worker's own policy may refuse more (privileges, host
 * paths, images): it cannot be widened from here.
 */
public final class DeploymentRules extends FieldRules {
    /** All of them stand in one record, which every report of one of them writes. */
    public static final int MOST_REPLICAS = 200;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");

    private DeploymentRules() {}

    /** Fails with UNPROCESSABLE that carries every mistake at once, each with its JSON pointer. */
    public static void check(DeploymentRequest request) {
        var rules = new DeploymentRules();
        rules.request(request);
        if (!rules.errors.isEmpty()) {
            var first = rules.errors.get(0);
            String more = rules.errors.size() == 1 ? "" : " (and " + (rules.errors.size() - 1) + " more)";
            throw new Failure(Failure.Kind.UNPROCESSABLE, first.pointer() + ": " + first.detail() + more, rules.errors);
        }
    }

    private void request(DeploymentRequest request) {
        if (request.name() == null || !NAME.matcher(request.name()).matches()) {
            wrong(
                    "/name",
                    "must be 1 to 63 letters, digits, '.', '_' or '-', beginning and ending with a letter or digit");
        }
        if (request.replicas() != null && (request.replicas() < 0 || request.replicas() > MOST_REPLICAS)) {
            wrong("/replicas", "must be 0 to " + MOST_REPLICAS);
        }
        if (request.maxPerNode() != null && (request.maxPerNode() < 1 || request.maxPerNode() > MOST_REPLICAS)) {
            wrong("/maxPerNode", "must be 1 to " + MOST_REPLICAS);
        }
        if (request.update() != null) {
            update(request.update());
        }
        if (request.autoscale() != null) {
            errors.addAll(AutoscaleRules.mistakes(request.autoscale()));
        }
        if (request.model() != null) {
            model(request.model());
        }
        var needs = request.requirements();
        if (needs != null) {
            if (request.nodeId() != null) {
                wrong("/requirements", "has no meaning beside nodeId: name the node, or what is needed of it");
            }
            if (needs.labelSelector() != null) {
                selector(needs.labelSelector());
            }
            positive("/requirements/cpu", needs.cpu());
            positive("/requirements/memoryBytes", needs.memoryBytes());
            if (needs.gpus() != null) {
                positive("/requirements/gpus/count", needs.gpus().count());
                positive("/requirements/gpus/memoryBytes", needs.gpus().memoryBytes());
            }
        }
        if (request.engine() != null) {
            engine(request); // its spec is looked at when it is made
        } else if (request.spec() == null) {
            wrong("/spec", "is missing: say at least the image, or else an engine");
        } else {
            errors.addAll(ContainerRules.mistakes(request.spec()));
        }
    }

    private void update(RolloutPolicy update) {
        for (var one : Map.of("maxSurge", update.surge(), "maxUnavailable", update.unavailable())
                .entrySet()) {
            if (one.getValue() < 0 || one.getValue() > MOST_REPLICAS) {
                wrong("/update/" + one.getKey(), "must be 0 to " + MOST_REPLICAS);
            }
        }
        if (update.surge() == 0 && update.unavailable() == 0) {
            wrong("/update/maxUnavailable", "must be more than 0 where maxSurge is 0: nothing could be updated");
        }
        Integer seconds = update.healthDeadlineSeconds();
        if (seconds != null && (seconds < 1 || seconds > RolloutPolicy.MOST_SECONDS)) {
            wrong("/update/healthDeadlineSeconds", "must be 1 to " + RolloutPolicy.MOST_SECONDS);
        }
        if (update.drain() < 0 || update.drain() > RolloutPolicy.MOST_DRAIN_SECONDS) {
            wrong("/update/drainSeconds", "must be 0 to " + RolloutPolicy.MOST_DRAIN_SECONDS);
        }
    }

    private void selector(String text) {
        try {
            LabelSelector.parse(text);
        } catch (Failure unreadable) {
            wrong("/requirements/labelSelector", unreadable.getMessage());
        }
    }

    private void engine(DeploymentRequest request) {
        var engine = request.engine();
        EngineRules.check(engine, (pointer, detail) -> wrong("/engine" + pointer, detail));
        String image = engine.image() == null ? null : ContainerRules.imageMistake(engine.image());
        if (image != null) {
            wrong("/engine/image", image);
        }
        words("/engine/args", engine.args());
        if (engine.sleeps() && !isRestarted(request.spec())) {
            wrong("/spec/restartPolicy", "must be always or unless-stopped with sleepMode");
        }
        gpus(request);
        boolean custom = engine.type() == EngineKind.custom;
        if (!custom && request.model() == null) {
            wrong("/model", "is missing: the engine serves one");
        }
        if (custom
                && engine.image() == null
                && (request.spec() == null || request.spec().image() == null)) {
            wrong("/engine/image", "is missing: there is no usual one of a custom engine");
        }
    }

    /** One that sleeps is known by this: the engine restarts it only while it is awake. */
    private static boolean isRestarted(ContainerSpec own) {
        String policy = own == null ? null : own.restartPolicy();
        return policy == null || policy.equals("always") || policy.equals("unless-stopped");
    }

    /** Before the spec is made, because the engine is told how many there are. */
    private void gpus(DeploymentRequest request) {
        ContainerSpec.Gpus own = request.spec() == null ? null : request.spec().gpus();
        errors.addAll(ContainerRules.gpuMistakes(own));
        if (request.gpus() > EstimateRequest.MOST_GPUS) {
            wrong(
                    own == null
                            ? "/requirements/gpus/count"
                            : own.indices() == null ? "/spec/gpus/count" : "/spec/gpus/indices",
                    "must be at most " + EstimateRequest.MOST_GPUS + " for an engine");
        }
    }

    private void kept(DeploymentModel model) {
        if (model.name() == null && model.id() == null) {
            wrong("/model/url", "is missing: give it, or the name of a model that is here");
        } else if (model.name() != null && model.id() != null) {
            wrong("/model/id", "is given beside name: one of both");
        }
        if (model.sha256() != null) {
            wrong("/model/sha256", "goes with a url: of a model that is here it is known");
        }
    }

    private void model(DeploymentModel model) {
        if (model.isKept()) {
            kept(model);
            return;
        }
        String mistake = ModelUrl.mistake(model.url());
        if (mistake != null) {
            wrong("/model/url", mistake);
        }
        if (model.name() != null) {
            wrong("/model/name", "is given beside url: a model that is here, or one from elsewhere");
        }
        if (model.version() != null) {
            wrong("/model/version", "has no meaning beside url");
        }
        if (model.sha256() != null && !Sha256.isHex(model.sha256())) {
            wrong("/model/sha256", "must be 64 hexadecimal digits");
        }
    }
}

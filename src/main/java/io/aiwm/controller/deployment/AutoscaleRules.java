package io.aiwm.controller.deployment;

import io.aiwm.common.Failure.FieldError;
import java.util.List;

/** What is refused of {@link Autoscale}. */
final class AutoscaleRules extends FieldRules {
    private static final String AT = "/autoscale/";

    private AutoscaleRules() {}

    static List<FieldError> mistakes(Autoscale policy) {
        var rules = new AutoscaleRules();
        rules.within("minReplicas", policy.minReplicas(), 0, DeploymentRules.MOST_REPLICAS);
        rules.within("maxReplicas", policy.maxReplicas(), 1, DeploymentRules.MOST_REPLICAS);
        rules.within("targetInFlight", policy.targetInFlight(), 1, Autoscale.MOST_IN_FLIGHT);
        rules.within("scaleUpAfterSeconds", policy.scaleUpAfterSeconds(), 0, Autoscale.MOST_SECONDS);
        rules.within("scaleDownAfterSeconds", policy.scaleDownAfterSeconds(), 0, Autoscale.MOST_SECONDS);
        rules.within("idleSeconds", policy.idleSeconds(), 0, Autoscale.MOST_SECONDS);
        rules.within("minResidenceSeconds", policy.minResidenceSeconds(), 0, Autoscale.MOST_SECONDS);
        if (policy.most() < policy.least()) {
            rules.wrong(AT + "maxReplicas", "must not be less than minReplicas");
        }
        return rules.errors;
    }

    private void within(String field, Integer value, int least, int most) {
        if (value != null && (value < least || value > most)) {
            wrong(AT + field, "must be " + least + " to " + most);
        }
    }
}

package io.aiwm.controller.notification;

import io.aiwm.controller.secret.SecretRef;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/** What a target is to be; the contract checks each field, {@link TargetRules} what they mean together. */
@RecordBuilder
public record TargetRequest(
        Target.Kind kind,
        Target.Form form,
        String url,
        SecretRef urlSecret,
        SecretRef signingSecret,
        List<String> to,
        Boolean fold,
        Boolean enabled,
        String description) {}

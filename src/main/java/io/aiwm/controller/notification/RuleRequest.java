package io.aiwm.controller.notification;

import io.aiwm.controller.eventlog.Severity;
import java.util.List;

/** What a rule is to be; the contract checks each field. */
public record RuleRequest(
        List<String> types,
        List<String> kinds,
        List<String> resources,
        Severity severity,
        List<String> targets,
        Boolean enabled,
        String description) {}

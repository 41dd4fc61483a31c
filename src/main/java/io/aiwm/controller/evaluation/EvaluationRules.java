package io.aiwm.controller.evaluation;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.common.Json;
import io.aiwm.controller.agent.BoundedPattern;
import io.aiwm.controller.agent.InputSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/** What the fields of an evaluation mean together. Pure. */
final class EvaluationRules {
    /** Of all cases together: each run has a copy. */
    static final int MOST_CHARS = 512 * 1024;

    private EvaluationRules() {}

    /** Fails with UNPROCESSABLE naming everything that is wrong. */
    static void refuse(EvaluationRequest wanted) {
        var errors = new ArrayList<FieldError>();
        if (Json.encode(wanted.cases()).length() > MOST_CHARS) {
            errors.add(new FieldError("/cases", "may have " + MOST_CHARS + " characters together"));
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < wanted.cases().size(); i++) {
            EvaluationCase one = wanted.cases().get(i);
            if (!names.add(one.name())) {
                errors.add(new FieldError("/cases/" + i + "/name", "is there twice"));
            }
            for (int j = 0; j < one.expect().size(); j++) {
                expectation("/cases/" + i + "/expect/" + j, one.expect().get(j), errors);
            }
        }
        if (!errors.isEmpty()) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE,
                    errors.get(0).pointer() + ": " + errors.get(0).detail(),
                    errors);
        }
    }

    private static void expectation(String at, Expectation one, List<FieldError> errors) {
        var given = new LinkedHashMap<String, Object>();
        given.put("text", one.text());
        given.put("pattern", one.pattern());
        given.put("schema", one.schema());
        given.put("tool", one.tool());
        given.put("criterion", one.criterion());
        String needed = needed(one.type());
        for (Map.Entry<String, Object> each : given.entrySet()) {
            boolean isNeeded = each.getKey().equals(needed);
            if (isNeeded && each.getValue() == null) {
                errors.add(new FieldError(at + "/" + needed, "is needed by an expectation of this type"));
            } else if (!isNeeded && each.getValue() != null) {
                errors.add(new FieldError(
                        at + "/" + each.getKey(),
                        "is not for an expectation of type " + one.type().wire()));
            }
        }
        if (one.arguments() != null && one.type() != Expectation.Type.TOOL_CALLED) {
            errors.add(new FieldError(
                    at + "/arguments",
                    "is not for an expectation of type " + one.type().wire()));
        }
        pattern(at, one.pattern(), errors);
        if (one.schema() != null) {
            InputSchema.check(at + "/schema", one.schema(), errors);
        }
    }

    private static String needed(Expectation.Type type) {
        return switch (type) {
            case CONTAINS -> "text";
            case MATCHES -> "pattern";
            case SCHEMA -> "schema";
            case TOOL_CALLED -> "tool";
            case JUDGED -> "criterion";
        };
    }

    private static void pattern(String at, String pattern, List<FieldError> errors) {
        if (pattern == null) {
            return;
        }
        try {
            new BoundedPattern(pattern);
        } catch (PatternSyntaxException | StackOverflowError wrong) {
            errors.add(new FieldError(at + "/pattern", "is no pattern"));
        }
    }
}

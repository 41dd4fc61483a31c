package io.aiwm.controller.evaluation;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.controller.agent.BoundedPattern;
import io.aiwm.controller.agent.InputSchema;
import io.aiwm.controller.agent.Message.ToolCall;
import io.aiwm.controller.evaluation.EvaluationResult.Check;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** Whether an answer is as expected, where no model judges that. Pure. */
final class Checks {
    private Checks() {}

    static Check of(Expectation wanted, Answer answer) {
        return switch (wanted.type()) {
            case CONTAINS ->
                Check.of(
                        wanted,
                        answer.text()
                                .toLowerCase(Locale.ROOT)
                                .contains(wanted.text().toLowerCase(Locale.ROOT)),
                        null);
            case MATCHES -> matches(wanted, answer.text());
            case SCHEMA -> fits(wanted, answer.text());
            case TOOL_CALLED -> called(wanted, answer.toolCalls());
            case JUDGED -> throw new IllegalArgumentException("a model judges that");
        };
    }

    private static Check matches(Expectation wanted, String text) {
        try {
            return Check.of(wanted, new BoundedPattern(wanted.pattern()).matches(text), null);
        } catch (Failure tooLong) {
            return Check.failed(wanted, tooLong.getMessage());
        } catch (StackOverflowError tooDeep) {
            return Check.failed(wanted, "the pattern leads too deep on this text");
        }
    }

    private static Check fits(Expectation wanted, String text) {
        Object value;
        try {
            value = Json.decodeValue(text.strip());
        } catch (DecodeException none) {
            return Check.failed(wanted, "the answer is no JSON");
        }
        List<FieldError> mistakes = InputSchema.mistakes(wanted.schema(), value, "");
        return mistakes.isEmpty()
                ? Check.passed(wanted)
                : Check.failed(
                        wanted,
                        mistakes.stream()
                                .map(one -> (one.pointer() + " " + one.detail()).strip())
                                .collect(Collectors.joining("; ")));
    }

    private static Check called(Expectation wanted, List<ToolCall> calls) {
        List<ToolCall> ofTool =
                calls.stream().filter(call -> call.name().equals(wanted.tool())).toList();
        if (ofTool.isEmpty()) {
            return Check.failed(
                    wanted,
                    calls.isEmpty()
                            ? "no tool was called"
                            : "called were "
                                    + calls.stream()
                                            .map(ToolCall::name)
                                            .distinct()
                                            .collect(Collectors.joining(", ")));
        }
        return ofTool.stream().anyMatch(call -> has(call, wanted.arguments()))
                ? Check.passed(wanted)
                : Check.failed(
                        wanted,
                        "called with "
                                + ofTool.stream().map(ToolCall::arguments).collect(Collectors.joining(", ")));
    }

    private static boolean has(ToolCall call, JsonObject wanted) {
        if (wanted == null) {
            return true;
        }
        try {
            return contains(new JsonObject(call.arguments()), wanted);
        } catch (DecodeException | ClassCastException unreadable) {
            return false;
        }
    }

    /** Whether an object has these fields, and what is in it too; lists are the same. */
    private static boolean contains(JsonObject there, JsonObject wanted) {
        return wanted.stream().allMatch(field -> {
            Object value = there.getValue(field.getKey());
            return (value instanceof JsonObject inner && field.getValue() instanceof JsonObject more)
                    ? contains(inner, more)
                    : there.containsKey(field.getKey()) && same(value, field.getValue());
        });
    }

    /** JSON has one kind of number. */
    private static boolean same(Object value, Object wanted) {
        return (value instanceof Number one && wanted instanceof Number other)
                ? one.doubleValue() == other.doubleValue()
                : Objects.equals(value, wanted);
    }
}

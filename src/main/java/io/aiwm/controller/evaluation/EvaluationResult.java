package io.aiwm.controller.evaluation;

import static java.util.Objects.requireNonNull;

import io.aiwm.controller.store.ValidatedRecord;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/**
 * What one candidate made of one case, as stored in collection {@code evaluationResults}. Written once, by {@link EvaluationRuns} only.
 *
 * @param trial its number among those of the run
 * @param error why there is no answer; null: there is one
 * @param answer its begin
 * @param toolCalls that the model asked for; the first ones
 * @param executionId the turn; null: it could not begin
 * @param latencyMs of all calls of the model
 */
@RecordBuilder
public record EvaluationResult(
        String id,
        long version,
        String runId,
        int trial,
        boolean passed,
        List<Check> checks,
        String error,
        String answer,
        List<Called> toolCalls,
        String executionId,
        long promptTokens,
        long completionTokens,
        long latencyMs,
        Instant createdAt)
        implements ValidatedRecord {

    private static final String PREFIX = "evalres";

    /** @param detail why; null: there is nothing to say */
    public record Check(Expectation.Type type, boolean passed, String detail, JsonObject expected) {
        static Check passed(Expectation of) {
            return new Check(of.type(), true, null, shown(of));
        }

        static Check failed(Expectation of, String why) {
            return new Check(of.type(), false, ResultTextLimits.cut(why, ResultTextLimits.DETAIL), shown(of));
        }

        static Check of(Expectation of, boolean passed, String why) {
            return new Check(of.type(), passed, ResultTextLimits.cut(why, ResultTextLimits.DETAIL), shown(of));
        }

        /** Short, so that a table can show it. */
        private static JsonObject shown(Expectation of) {
            var shown = new JsonObject();
            shown.put("text", ResultTextLimits.cut(of.text(), ResultTextLimits.DETAIL));
            shown.put("pattern", ResultTextLimits.cut(of.pattern(), ResultTextLimits.DETAIL));
            shown.put("tool", of.tool());
            shown.put("criterion", ResultTextLimits.cut(of.criterion(), ResultTextLimits.DETAIL));
            shown.getMap().values().removeIf(java.util.Objects::isNull);
            return shown;
        }
    }

    /** @param arguments as the model wrote them; their begin */
    public record Called(String name, String arguments) {}

    static String idOf(EvaluationRun run, int trial) {
        return PREFIX + "_" + run.keyOf(trial);
    }

    @Override
    public void check() {
        requireNonNull(id, "id");
        requireNonNull(runId, "runId");
        requireNonNull(createdAt, "createdAt");
    }

    EvaluationResult withVersion(long next) {
        return EvaluationResultBuilder.builder(this).version(next).build();
    }
}

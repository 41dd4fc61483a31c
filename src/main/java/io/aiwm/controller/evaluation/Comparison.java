package io.aiwm.controller.evaluation;

import com.fasterxml.jackson.annotation.JsonValue;
import io.aiwm.controller.evaluation.EvaluationResult.Check;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** The results of a run as a table: a row for each case, a column for each candidate. Pure. */
public record Comparison(List<Total> candidates, List<Row> rows) {
    /** What the second candidate does with a case, beside the first. */
    public enum Change {
        /** Both pass or both fail. */
        SAME,
        BETTER,
        WORSE,
        /** One of them has no result yet. */
        OPEN;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param open trials without a result. @param latencyMs of all calls of the model */
    @RecordBuilder
    public record Total(
            String name,
            String agentName,
            int instructionVersion,
            String model,
            int passed,
            int failed,
            int open,
            long promptTokens,
            long completionTokens,
            long latencyMs) {}

    /** @param change null: there is one candidate. @param results of each candidate; null: not there yet */
    public record Row(String name, Change change, List<EvaluationResult> results) {}

    static Comparison of(EvaluationRun run, List<EvaluationResult> results) {
        Map<Integer, EvaluationResult> byTrial = new HashMap<>();
        results.forEach(result -> byTrial.put(result.trial(), result));
        int width = run.candidates().size();
        var rows = new ArrayList<Row>();
        for (int i = 0; i < run.cases().size(); i++) {
            var each = new ArrayList<EvaluationResult>();
            for (int j = 0; j < width; j++) {
                each.add(byTrial.get(i * width + j));
            }
            rows.add(new Row(run.cases().get(i).name(), change(each), each));
        }
        var totals = new ArrayList<Total>();
        for (int j = 0; j < width; j++) {
            totals.add(total(run, j, rows));
        }
        return new Comparison(totals, rows);
    }

    private static Change change(List<EvaluationResult> each) {
        if (each.size() < 2) {
            return null;
        }
        EvaluationResult first = each.get(0);
        EvaluationResult second = each.get(1);
        if (first == null || second == null) {
            return Change.OPEN;
        }
        return first.passed() == second.passed() ? Change.SAME : second.passed() ? Change.BETTER : Change.WORSE;
    }

    private static Total total(EvaluationRun run, int candidate, List<Row> rows) {
        List<EvaluationResult> there = rows.stream()
                .map(row -> row.results().get(candidate))
                .filter(Objects::nonNull)
                .toList();
        int passed = (int) there.stream().filter(EvaluationResult::passed).count();
        EvaluationRun.Candidate of = run.candidates().get(candidate);
        return ComparisonTotalBuilder.builder()
                .name(of.name())
                .agentName(of.agentName())
                .instructionVersion(of.instructionVersion())
                .model(of.model())
                .passed(passed)
                .failed(there.size() - passed)
                .open(rows.size() - there.size())
                .promptTokens(sum(there, EvaluationResult::promptTokens))
                .completionTokens(sum(there, EvaluationResult::completionTokens))
                .latencyMs(sum(there, EvaluationResult::latencyMs))
                .build();
    }

    private static long sum(List<EvaluationResult> of, ToLongFunction<EvaluationResult> figure) {
        return of.stream().mapToLong(figure).sum();
    }

    /** Why a case did not pass; empty: it did. */
    public static String why(EvaluationResult result) {
        return result.error() != null
                ? result.error()
                : result.checks().stream()
                        .filter(check -> !check.passed())
                        .map(Comparison::why)
                        .collect(Collectors.joining("; "));
    }

    private static String why(Check check) {
        String of = check.expected().stream()
                .map(field -> String.valueOf(field.getValue()))
                .collect(Collectors.joining(" "));
        return check.type().wire()
                + (of.isEmpty() ? "" : " " + of)
                + (check.detail() == null ? "" : ": " + check.detail());
    }
}

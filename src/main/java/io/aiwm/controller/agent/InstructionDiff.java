package io.aiwm.controller.agent;

import io.aiwm.common.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;

/** What two versions of an instruction say differently. Pure. */
public final class InstructionDiff {
    private InstructionDiff() {}

    /** Each field that differs, before and after; of the prompt and of the guidelines also the lines. */
    public static JsonObject of(InstructionVersion from, InstructionVersion to) {
        JsonObject before = Json.toObject(from.content());
        JsonObject after = Json.toObject(to.content());
        var changes = new JsonArray();
        var names = new TreeSet<>(before.fieldNames());
        names.addAll(after.fieldNames());
        for (String name : names) {
            if (!Objects.equals(before.getValue(name), after.getValue(name))) {
                var change = new JsonObject()
                        .put("field", name)
                        .put("before", before.getValue(name))
                        .put("after", after.getValue(name));
                if (name.equals("systemPrompt")) {
                    change.put(
                            "lines",
                            lines(
                                    from.content().systemPrompt().lines().toList(),
                                    to.content().systemPrompt().lines().toList()));
                } else if (name.equals("guidelines")) {
                    change.put(
                            "lines",
                            lines(from.content().guidelines(), to.content().guidelines()));
                }
                changes.add(change);
            }
        }
        return new JsonObject()
                .put("from", from.number())
                .put("to", to.number())
                .put("changes", changes);
    }

    /**
     * One entry for each line, with {@code =}, {@code -} or {@code +} before it: lines that both begin and end with are the same, what
     * lies between is matched line by line where it is short.
     */
    static JsonArray lines(List<String> before, List<String> after) {
        int head = 0;
        while (head < before.size() && head < after.size() && before.get(head).equals(after.get(head))) {
            head++;
        }
        int tail = 0;
        while (tail < before.size() - head
                && tail < after.size() - head
                && before.get(before.size() - 1 - tail).equals(after.get(after.size() - 1 - tail))) {
            tail++;
        }
        var lines = new JsonArray();
        before.subList(0, head).forEach(line -> lines.add("=" + line));
        middle(before.subList(head, before.size() - tail), after.subList(head, after.size() - tail), lines);
        before.subList(before.size() - tail, before.size()).forEach(line -> lines.add("=" + line));
        return lines;
    }

    private static void middle(List<String> before, List<String> after, JsonArray lines) {
        if ((long) before.size() * after.size() > 250_000) { // half a millisecond
            before.forEach(line -> lines.add("-" + line));
            after.forEach(line -> lines.add("+" + line));
            return;
        }
        // the longest common subsequence, from the end
        int[][] length = new int[before.size() + 1][after.size() + 1];
        for (int i = before.size() - 1; i >= 0; i--) {
            for (int j = after.size() - 1; j >= 0; j--) {
                length[i][j] = before.get(i).equals(after.get(j))
                        ? length[i + 1][j + 1] + 1
                        : Math.max(length[i + 1][j], length[i][j + 1]);
            }
        }
        int i = 0;
        int j = 0;
        while (i < before.size() || j < after.size()) {
            if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
                lines.add("=" + before.get(i++));
                j++;
            } else if (j == after.size() || (i < before.size() && length[i + 1][j] >= length[i][j + 1])) {
                lines.add("-" + before.get(i++));
            } else {
                lines.add("+" + after.get(j++));
            }
        }
    }
}

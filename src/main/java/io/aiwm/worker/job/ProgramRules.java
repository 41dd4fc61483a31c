package io.aiwm.worker.job;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ProgramText;
import io.aiwm.worker.command.CommandFailure;
import java.util.List;
import java.util.Map;

/** What jobs and deployments may not have as command, entrypoint and environment, on any worker. */
public final class ProgramRules {
    private ProgramRules() {}

    /**
     * Fails with {@code invalid}, naming the field.
     *
     * @param prefix of the field's name in the error
     */
    public static void check(
            String prefix, List<String> command, List<String> entrypoint, Map<String, String> environment) {
        if (environment != null) {
            for (String name : environment.keySet()) {
                if (!ProgramText.isVariable(name)) {
                    throw invalid(prefix, "/env", "has a variable with an impossible name");
                }
            }
        }
        ProgramText.checkEach(command, entrypoint, environment, (pointer, problem) -> {
            throw invalid(prefix, pointer, problem);
        });
    }

    /**
     * A failure of category {@code invalid}.
     *
     * @param pointer JSON pointer of the field; its last part is no name with a slash
     */
    public static CommandFailure invalid(String prefix, String pointer, String problem) {
        String field = pointer.substring(1).replaceAll("/(\\d+)", "[$1]").replace('/', '.');
        return new CommandFailure(ErrorCategory.INVALID, prefix + field + " " + problem);
    }
}

package io.aiwm.controller.agent;

import java.util.HashMap;
import java.util.Map;

/** The values of variables in one conversation. Pure. */
final class VariableValues {
    private VariableValues() {}

    /** Those of the agent, over which those of the conversation go. @param more null: none */
    static Map<String, String> of(Agent agent, Map<String, String> more) {
        var values = new HashMap<>(agent.variables());
        if (more != null) {
            values.putAll(more);
        }
        return values;
    }
}

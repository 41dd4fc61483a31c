package io.aiwm.controller.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.ValidationMessage;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A schema of the contract, compiled when it is first asked: compiling all of them costs a starting process a quarter of
 * a second that nobody waits for. Compiling twice in a race is harmless.
 */
public final class Schema {
    private final Supplier<JsonSchema> compile;
    private volatile JsonSchema compiled;

    public Schema(Supplier<JsonSchema> compile) {
        this.compile = compile;
    }

    /** Everything that is wrong with the value; empty when it fits. */
    public Set<ValidationMessage> validate(JsonNode value) {
        return compiled().validate(value);
    }

    /** Fails with a JsonSchemaException when the schema itself is wrong. */
    JsonSchema compiled() {
        if (compiled == null) {
            compiled = compile.get();
        }
        return compiled;
    }
}

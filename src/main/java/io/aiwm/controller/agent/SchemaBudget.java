package io.aiwm.controller.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.JsonValidator;
import com.networknt.schema.Keyword;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationContext;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.Vocabularies;
import com.networknt.schema.Vocabulary;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import io.aiwm.common.Failure;
import java.util.Locale;
import java.util.Set;

/**
 * What one check of a value against a schema may cost. A user chooses the schema and a model the value: references that name two
 * others, thirty times in a row, take hours, and it happens on an event loop. Used by one thread.
 */
final class SchemaBudget implements RegularExpressionFactory {
    /** Keywords that are made and looked at; some hundred milliseconds. */
    private static final int MOST_STEPS = 100_000;

    /** The library looks at the classes of these, which lead to no others. */
    private static final Set<String> AS_THEY_ARE = Set.of("type", "format");

    /** The dialect, with each keyword counted. */
    static final JsonSchemaFactory FACTORY = factory();

    private final BoundedPattern.Looks looks = new BoundedPattern.Looks();
    private int steps;

    private static JsonSchemaFactory factory() {
        JsonMetaSchema plain = JsonMetaSchema.getV202012();
        JsonMetaSchema counted = JsonMetaSchema.builder(plain.getIri(), plain)
                .vocabularyFactory(SchemaBudget::counted)
                .build();
        return JsonSchemaFactory.builder(JsonSchemaFactory.getInstance(VersionFlag.V202012))
                .metaSchema(counted)
                .build();
    }

    private static Vocabulary counted(String iri) {
        Vocabulary plain = Vocabularies.getVocabulary(iri);
        return plain == null
                ? null
                : new Vocabulary(
                        iri,
                        plain.getKeywords().stream()
                                .map(each -> AS_THEY_ARE.contains(each.getValue()) ? each : new Counted(each))
                                .toArray(Keyword[]::new));
    }

    /** For one check. */
    SchemaValidatorsConfig config() {
        return SchemaValidatorsConfig.builder()
                .regularExpressionFactory(this)
                .pathType(PathType.JSON_POINTER)
                .locale(Locale.ROOT)
                .build();
    }

    @Override
    public RegularExpression getRegularExpression(String regex) {
        return new BoundedPattern(regex, looks);
    }

    private void step() {
        if (++steps > MOST_STEPS) {
            throw new Failure(Failure.Kind.UNPROCESSABLE, "the schema takes too long on this value");
        }
    }

    private record Counted(Keyword of) implements Keyword {
        @Override
        public String getValue() {
            return of.getValue();
        }

        @Override
        public JsonValidator newValidator(
                SchemaLocation location, JsonNodePath path, JsonNode node, JsonSchema parent, ValidationContext context)
                throws Exception {
            JsonValidator made = of.newValidator(location, path, node, parent, context);
            if (made == null || !(context.getConfig().getRegularExpressionFactory() instanceof SchemaBudget budget)) {
                return made;
            }
            budget.step();
            return new CountedValidator(made, budget);
        }
    }

    private record CountedValidator(JsonValidator of, SchemaBudget budget) implements JsonValidator {
        @Override
        public Set<ValidationMessage> validate(
                ExecutionContext context, JsonNode node, JsonNode root, JsonNodePath location) {
            budget.step();
            return of.validate(context, node, root, location);
        }

        @Override
        public void preloadJsonSchema() {
            of.preloadJsonSchema();
        }

        @Override
        public SchemaLocation getSchemaLocation() {
            return of.getSchemaLocation();
        }

        @Override
        public JsonNodePath getEvaluationPath() {
            return of.getEvaluationPath();
        }

        @Override
        public String getKeyword() {
            return of.getKeyword();
        }
    }
}

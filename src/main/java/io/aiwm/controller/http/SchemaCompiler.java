package io.aiwm.controller.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.DisallowUnknownKeywordFactory;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.Keyword;
import com.networknt.schema.NonValidationKeyword;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.regex.RegularExpression;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Compiles the schemas of one OpenAPI document, wherever in it they stand. */
final class SchemaCompiler {
    private static final String HOME = "https://aiwm.io/openapi.json";

    /** Found by its location, each schema would bring a document of its own: 35 trees of it, 80 MB, were counted. */
    private final JsonSchema document;

    private final SchemaValidatorsConfig config = SchemaValidatorsConfig.builder()
            .pathType(PathType.JSON_POINTER)
            .formatAssertionsEnabled(false)
            .cacheRefs(true)
            .regularExpressionFactory(SchemaCompiler::toTheVeryEnd)
            .locale(Locale.ROOT)
            .build();

    SchemaCompiler(ObjectNode document) {
        this.document = JsonSchemaFactory.builder(JsonSchemaFactory.getInstance(VersionFlag.V202012))
                .metaSchema(strict())
                .build()
                .getSchema(SchemaLocation.of(HOME), document, config);
    }

    /** @param pointer JSON pointer of a schema in the document; fails with a JsonSchemaException when it is wrong */
    JsonSchema compile(String pointer) {
        JsonSchema schema =
                document.getSubSchema(SchemaLocation.of(HOME + "#" + pointer).getFragment());
        schema.initializeValidators();
        return schema;
    }

    /** In JSON Schema a {@code $} at the end is the end; in Java a line break may follow it. */
    private static RegularExpression toTheVeryEnd(String regex) {
        boolean anchored = regex.endsWith("$") && !regex.endsWith("\\$");
        Pattern pattern = Pattern.compile(anchored ? regex.substring(0, regex.length() - 1) + "\\z" : regex);
        return value -> pattern.matcher(value).find();
    }

    /** JSON Schema 2020-12 that refuses misspelt keywords instead of ignoring them. */
    private static JsonMetaSchema strict() {
        List<Keyword> beside = Stream.of(
                        "openapi",
                        "info",
                        "servers",
                        "security",
                        "tags",
                        "paths",
                        "components",
                        "example",
                        "x-aiwm-command-data",
                        "x-aiwm-now")
                .<Keyword>map(NonValidationKeyword::new)
                .toList();
        return JsonMetaSchema.builder(JsonMetaSchema.getV202012())
                .keywords(beside)
                .unknownKeywordFactory(DisallowUnknownKeywordFactory.getInstance())
                .build();
    }
}

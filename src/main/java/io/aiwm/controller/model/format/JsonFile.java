package io.aiwm.controller.model.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.aiwm.common.Failure;
import io.aiwm.common.MalformedJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** JSON in model files: UTF-8 alone, of limited depth, length and numbers, and read piece by piece. */
final class JsonFile {
    private static final int NAME_CHARACTERS = 512;
    private static final int TEXT_CHARACTERS = 1 << 20;
    private static final int NUMBER_CHARACTERS = 64;

    private static final JsonFactory PIECES = limited().build();
    private static final JsonMapper WHOLE = JsonMapper.builder(limited()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();

    private JsonFile() {}

    /** What reads a document from its first token to its last. */
    @FunctionalInterface
    interface Reading<T> {
        T from(JsonParser parser) throws IOException;
    }

    /** Fails with INVALID if the document is malformed; the reading may fail likewise. */
    static <T> T stream(String file, InputStream in, Reading<T> reading) throws IOException {
        return read(file, PIECES, in, reading);
    }

    /** Names are not remembered over files: they come from strangers, and would fill the memory. */
    private static JsonFactoryBuilder limited() {
        return new JsonFactoryBuilder()
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(Limits.JSON_DEPTH)
                        .maxNameLength(NAME_CHARACTERS)
                        .maxStringLength(TEXT_CHARACTERS)
                        .maxNumberLength(NUMBER_CHARACTERS)
                        .build());
    }

    private static <T> T read(String file, JsonFactory factory, InputStream in, Reading<T> reading) throws IOException {
        var decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        try (JsonParser parser = factory.createParser(new InputStreamReader(in, decoder))) {
            T result = reading.from(parser);
            if (parser.nextToken() != null) {
                throw InvalidFile.file(file, "there is more behind the end of the JSON document");
            }
            return result;
        } catch (JsonProcessingException cause) {
            throw malformed(file, cause);
        } catch (CharacterCodingException cause) {
            throw InvalidFile.file(file, "is not UTF-8");
        }
    }

    /** A small document as a whole. Fails with INVALID if it is too large, malformed or not an object. */
    static JsonNode tree(String file, ByteSource source, long most) throws IOException {
        try (InputStream in = whole(file, source, most)) {
            JsonNode tree = read(file, WHOLE.getFactory(), in, WHOLE::readTree);
            if (tree == null || !tree.isObject()) {
                throw InvalidFile.file(file, "must be a JSON object");
            }
            return tree;
        }
    }

    static InputStream whole(String file, ByteSource source, long most) throws IOException {
        long size = source.size();
        if (size > most) {
            throw InvalidFile.file(file, "has " + size + " bytes, which is more than " + most);
        }
        return new RangeStream(source, 0, size);
    }

    static Failure malformed(String file, JsonProcessingException cause) {
        return InvalidFile.file(
                file,
                "is not JSON: " + InvalidFile.shown(MalformedJson.why(cause))
                        + (cause.getLocation() == null
                                ? ""
                                : " (at character " + cause.getLocation().getCharOffset() + ")"));
    }
}

package io.aiwm.mcp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.MalformedJson;
import java.io.IOException;

/** Reads one message of JSON-RPC. Whoever calls it bounds the number of bytes. */
public final class RpcReader {
    /** Deep enough for any real message and the schema of any tool, shallow enough for every parser and walker. */
    private static final int DEEPEST = 64;

    private static final int LONGEST_NUMBER = 100;
    private static final int LONGEST_ID = 256;
    private static final int LONGEST_METHOD = 128;

    private static final ObjectReader JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxNumberLength(LONGEST_NUMBER)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build()
            .readerFor(JsonNode.class);

    private RpcReader() {}

    /**
     * Fails with {@link RpcError}: PARSE for what is no JSON, INVALID_REQUEST for what is no single message, each with the id of
     * the message where that can be read.
     */
    public static RpcMessage read(byte[] body) {
        JsonNode json = parse(body);
        if (json.isArray()) {
            throw RpcError.invalidRequest("a body holds one message, not a batch");
        }
        if (!(json instanceof ObjectNode message)) {
            throw RpcError.invalidRequest("a message is a JSON object");
        }
        JsonNode id = id(message);
        try {
            return read(message, id);
        } catch (RpcError cause) {
            throw cause.of(id);
        }
    }

    private static RpcMessage read(ObjectNode message, JsonNode id) {
        if (!"2.0".equals(message.path("jsonrpc").textValue())) {
            throw RpcError.invalidRequest("jsonrpc must be \"2.0\"");
        }
        if (!message.has("method")) {
            return answer(message, id);
        }
        String method = message.path("method").textValue();
        if (method == null || method.isEmpty() || method.length() > LONGEST_METHOD) {
            throw RpcError.invalidRequest("method must be a text of 1 to " + LONGEST_METHOD + " characters");
        }
        return new RpcMessage(id, method, object(message, "params"), null, null);
    }

    private static RpcMessage answer(ObjectNode message, JsonNode id) {
        if (message.has("result") == message.has("error")) {
            throw RpcError.invalidRequest("a message has a method, a result or an error");
        }
        ObjectNode nothing = JsonNodeFactory.instance.objectNode();
        return message.has("result")
                ? new RpcMessage(id, null, nothing, object(message, "result"), null)
                : new RpcMessage(id, null, nothing, null, object(message, "error"));
    }

    private static ObjectNode object(ObjectNode message, String name) {
        if (!message.has(name)) {
            return JsonNodeFactory.instance.objectNode();
        }
        if (message.get(name) instanceof ObjectNode object) {
            return object;
        }
        throw RpcError.invalidRequest(name + " must be an object");
    }

    /** Null: there is none. */
    private static JsonNode id(ObjectNode message) {
        JsonNode id = message.get("id");
        // an error that answers what could not be read has null, or none
        if (id == null || (id.isNull() && message.has("error"))) {
            return null;
        }
        if (!isId(id)) {
            throw RpcError.invalidRequest(
                    "id must be a whole number or a text of at most " + LONGEST_ID + " characters");
        }
        return id;
    }

    /** Whether it can be the id of a request, or a progress token. */
    static boolean isId(JsonNode node) {
        return node.isTextual()
                ? node.textValue().length() <= LONGEST_ID
                : node.isIntegralNumber() && node.canConvertToLong();
    }

    private static JsonNode parse(byte[] body) {
        try {
            JsonNode json = JSON.readValue(body);
            if (json == null || json.isMissingNode()) {
                throw RpcError.parse("the body is empty");
            }
            return json;
        } catch (StreamConstraintsException cause) {
            throw RpcError.parse("it is nested deeper than " + DEEPEST + " or has a value too long");
        } catch (JsonProcessingException cause) {
            throw RpcError.parse(MalformedJson.why(cause));
        } catch (IOException cause) {
            throw RpcError.parse("it cannot be read");
        }
    }
}

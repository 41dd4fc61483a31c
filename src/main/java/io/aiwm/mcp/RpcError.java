package io.aiwm.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Why a message is refused: an error of JSON-RPC, and the HTTP status that it travels with. */
public final class RpcError extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;

    public static final int PARSE = -32700;
    public static final int INVALID_REQUEST = -32600;
    public static final int METHOD_NOT_FOUND = -32601;
    public static final int INVALID_PARAMS = -32602;
    public static final int INTERNAL = -32603;
    /** Of servers made with the official SDK: the message names a session that they do not have. */
    public static final int NO_SESSION = -32000;

    public static final int HEADER_MISMATCH = -32020;
    public static final int MISSING_CAPABILITY = -32021;
    public static final int UNSUPPORTED_VERSION = -32022;

    public final int code;
    public final int status;
    /** Null: none. */
    public final transient JsonNode data;
    /** Of the request; null where it could not be read. */
    public final transient JsonNode id;

    public RpcError(int code, int status, String message, JsonNode data, JsonNode id) {
        super(message, null, false, false);
        this.code = code;
        this.status = status;
        this.data = data;
        this.id = id;
    }

    public static RpcError parse(String why) {
        return new RpcError(PARSE, BAD_REQUEST, "Parse error: " + why, null, null);
    }

    public static RpcError invalidRequest(String why) {
        return new RpcError(INVALID_REQUEST, BAD_REQUEST, "Invalid request: " + why, null, null);
    }

    /** Of a request whose id, method and parameters could be read: the answer is a JSON-RPC answer like any other. */
    public static RpcError invalidParams(String why) {
        return new RpcError(INVALID_PARAMS, 200, "Invalid params: " + why, null, null);
    }

    public static RpcError methodNotFound(String method) {
        return new RpcError(METHOD_NOT_FOUND, 200, "Method not found: " + method, null, null);
    }

    public static RpcError headerMismatch(String why) {
        return new RpcError(HEADER_MISMATCH, BAD_REQUEST, "Header mismatch: " + why, null, null);
    }

    public static RpcError unsupported(String requested) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        ProtocolRevision.ALL.forEach(data.putArray("supported")::add);
        data.put("requested", requested);
        return new RpcError(UNSUPPORTED_VERSION, BAD_REQUEST, "Unsupported protocol version", data, null);
    }

    /** The same with 400: metadata that every request needs is missing. */
    public RpcError asBadRequest() {
        return new RpcError(code, BAD_REQUEST, getMessage(), data, id);
    }

    /** The same with 404, as the stateless revision wants it for methods that are not there. */
    public RpcError asNotFound() {
        return new RpcError(code, NOT_FOUND, getMessage(), data, id);
    }

    /** The same for this request; it keeps an id that it has. */
    public RpcError of(JsonNode request) {
        return id != null ? this : new RpcError(code, status, getMessage(), data, request);
    }
}

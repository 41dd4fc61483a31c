package io.aiwm.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Tells of a message that came over HTTP which era it belongs to, and refuses one whose headers and body disagree. */
public final class ProtocolEra {
    /** Methods whose request names something in a header, and the parameter that it is in. */
    private static final Map<String, String> NAMED =
            Map.of("tools/call", "name", "prompts/get", "name", "resources/read", "uri");

    private ProtocolEra() {}

    /**
     * Returns whether it is of the stateless revision. Fails with {@link RpcError} if it is of none that is spoken here, or of the
     * stateless one and lacks what each of its requests must have.
     *
     * @param headers the value of a header; null: none
     */
    public static boolean isModern(RpcMessage message, UnaryOperator<String> headers) {
        String header = headers.apply(ProtocolRevision.HEADER_VERSION);
        JsonNode said = message.meta().path(ProtocolRevision.META_VERSION);
        boolean modern = ProtocolRevision.MODERN.equals(header) || !said.isMissingNode();
        if (!modern) {
            if (header != null && !ProtocolRevision.ALL_LEGACY.contains(header)) {
                throw RpcError.unsupported(header);
            }
            return false;
        }
        // notifications carry no metadata of their own
        if (message.isRequest()) {
            check(message, header, said, headers);
        }
        return true;
    }

    private static void check(RpcMessage message, String header, JsonNode said, UnaryOperator<String> headers) {
        String version = said.textValue();
        if (version == null) {
            throw missing(ProtocolRevision.META_VERSION);
        }
        if (header == null) {
            throw RpcError.headerMismatch(ProtocolRevision.HEADER_VERSION + " is missing");
        }
        if (!header.equals(version)) {
            throw RpcError.headerMismatch(
                    ProtocolRevision.HEADER_VERSION + " and " + ProtocolRevision.META_VERSION + " differ");
        }
        if (!version.equals(ProtocolRevision.MODERN)) {
            throw RpcError.unsupported(version);
        }
        if (!message.meta().path(ProtocolRevision.META_CAPABILITIES).isObject()) {
            throw missing(ProtocolRevision.META_CAPABILITIES);
        }
        String method = headers.apply(ProtocolRevision.HEADER_METHOD);
        if (method == null || !method.strip().equals(message.method())) {
            throw RpcError.headerMismatch(
                    ProtocolRevision.HEADER_METHOD + (method == null ? " is missing" : " is another method"));
        }
        String named = NAMED.get(message.method());
        String inBody = named == null ? null : message.params().path(named).textValue();
        if (inBody != null) {
            String name = headers.apply(ProtocolRevision.HEADER_NAME);
            if (name == null || !inBody.equals(HeaderText.decode(name.strip()))) {
                throw RpcError.headerMismatch(ProtocolRevision.HEADER_NAME
                        + (name == null ? " is missing" : " differs from params." + named));
            }
        }
    }

    private static RpcError missing(String field) {
        return RpcError.invalidParams("_meta lacks " + field).asBadRequest();
    }
}

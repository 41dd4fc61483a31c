package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.mcp.HeaderText;
import io.aiwm.mcp.ProtocolRevision;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How a server is spoken to, as it was found out.
 *
 * @param version the revision
 * @param id of the session that the server began; null: none, as with every server of the stateless revision
 */
record McpSession(String version, String id) {
    static final McpSession MODERN = new McpSession(ProtocolRevision.MODERN, null);

    boolean isModern() {
        return version.equals(ProtocolRevision.MODERN);
    }

    /** The parameters with what each request of the stateless revision says for itself. */
    ObjectNode complete(ObjectNode params) {
        if (isModern()) {
            ObjectNode meta = params.withObjectProperty("_meta").put(ProtocolRevision.META_VERSION, version);
            meta.putObject(ProtocolRevision.META_CAPABILITIES);
            clientInfo(meta.putObject(ProtocolRevision.META_CLIENT));
        }
        return params;
    }

    static ObjectNode clientInfo(ObjectNode info) {
        return info.put("name", "aiwm").put("version", "1");
    }

    /** The headers of a message. @param name of the tool; null: it is about none */
    Map<String, String> headers(String method, String name) {
        var headers = new LinkedHashMap<String, String>();
        headers.put(ProtocolRevision.HEADER_VERSION, version);
        if (id != null) {
            headers.put(ProtocolRevision.HEADER_SESSION, id);
        }
        if (isModern()) {
            headers.put(ProtocolRevision.HEADER_METHOD, method);
            if (name != null) {
                headers.put(ProtocolRevision.HEADER_NAME, HeaderText.encode(name));
            }
        }
        return headers;
    }
}

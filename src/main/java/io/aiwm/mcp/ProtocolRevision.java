package io.aiwm.mcp;

import java.util.List;

/**
 * The revisions of the protocol that are spoken here. Up to {@link #LEGACY} a client begins with {@code initialize}; from
 * {@link #MODERN} on every request says for itself what it needs.
 */
public final class ProtocolRevision {
    public static final String MODERN = "2026-07-28";
    public static final String LEGACY = "2025-11-25";

    /** Those with {@code initialize}, newest first. Earlier ones have batches, which are not taken here. */
    public static final List<String> ALL_LEGACY = List.of(LEGACY, "2025-06-18");

    /** All, newest first. */
    public static final List<String> ALL = List.of(MODERN, LEGACY, "2025-06-18");

    /** Fields of {@code _meta}. */
    public static final String META_VERSION = "io.modelcontextprotocol/protocolVersion";

    public static final String META_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";
    public static final String META_CLIENT = "io.modelcontextprotocol/clientInfo";
    public static final String META_SERVER = "io.modelcontextprotocol/serverInfo";

    /** Headers of HTTP. */
    public static final String HEADER_VERSION = "MCP-Protocol-Version";

    public static final String HEADER_METHOD = "Mcp-Method";
    public static final String HEADER_NAME = "Mcp-Name";
    public static final String HEADER_PARAMETER = "Mcp-Param-";
    public static final String HEADER_SESSION = "Mcp-Session-Id";

    private ProtocolRevision() {}
}

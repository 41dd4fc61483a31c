/**
 * The Model Context Protocol without a network: JSON-RPC messages, the revisions that are spoken here, tools and their results,
 * the values of headers, and server-sent events. Everything here is read from strangers, so every size is bounded.
 *
 * <p>Main types: {@link io.aiwm.mcp.RpcReader} reads messages, {@link io.aiwm.mcp.RpcError} is how one is refused,
 * {@link io.aiwm.mcp.ProtocolRevision} tells the two eras of the protocol apart.
 */
package io.aiwm.mcp;

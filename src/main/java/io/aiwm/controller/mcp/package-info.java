/**
 * MCP in the controller. The server offers the operations of the API as tools and runs them as their caller, over HTTP on this
 * controller's own port, so that no right is decided here. The client calls tools of other servers.
 *
 * <p>Knows no part of {@code controller.http}; {@code controller.api} mounts the server.
 *
 * <p>Main types: {@link io.aiwm.controller.mcp.McpServer} answers one message, {@link io.aiwm.controller.mcp.ApiOperations} are the
 * operations of the OpenAPI document, {@link io.aiwm.controller.mcp.OwnApi} calls them.
 */
package io.aiwm.controller.mcp;

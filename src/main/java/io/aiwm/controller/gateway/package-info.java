/**
 * The sessions of nodes: who may open one, which messages it takes, and on which transport they travel (WebSocket or the
 * bus of the cluster). Decides nothing about nodes or commands; it passes messages to the rooms that do. Described in
 * docs/protocol.md.
 */
package io.aiwm.controller.gateway;

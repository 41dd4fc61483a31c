/**
 * The way to the controller: {@link io.aiwm.worker.link.ControllerLink} finds a controller, registers, and keeps one session
 * alive, over a WebSocket, the clustered event bus, or within one process. The node's identity is kept here.
 */
package io.aiwm.worker.link;

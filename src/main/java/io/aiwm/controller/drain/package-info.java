/** Empties nodes: what a drain takes away, what it waits for, and how far it is. Described in docs/nodes.md. */
package io.aiwm.controller.drain;

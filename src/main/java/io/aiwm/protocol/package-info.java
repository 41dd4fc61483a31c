/**
 * What a controller and a worker say to each other: one file per message, described in docs/protocol.md. Imports
 * nothing of ours.
 */
package io.aiwm.protocol;

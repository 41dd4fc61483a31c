/** Sends the commands of assigned steps to their nodes until they are taken, and receives what workers answer. */
package io.aiwm.controller.orchestrator;

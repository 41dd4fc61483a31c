/**
 * Agents: instructions, tools, the agents made of them, conversations with their messages, and turns. A turn is an execution of
 * category {@code agent}: its steps are calls of the model and of tools, which the controller carries out. Described in
 * docs/agents.md.
 *
 * <p>{@link io.aiwm.controller.agent.Instructions}, {@link io.aiwm.controller.agent.Tools}, {@link io.aiwm.controller.agent.Agents}
 * and {@link io.aiwm.controller.agent.Conversations} are the only writers of their records.
 */
package io.aiwm.controller.agent;

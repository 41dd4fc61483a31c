package io.aiwm.controller.agent;

/** That an agent keeps a memory of each of its users. @param tokens of it that the prompt has at most; null: the default */
public record AgentMemory(Integer tokens) {
    static final int TOKENS = 1_000;

    public AgentMemory {
        tokens = tokens == null ? TOKENS : tokens;
    }
}

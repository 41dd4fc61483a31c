package io.aiwm.inference;

import java.util.HashMap;
import java.util.Map;

/** What can be called with POST below {@code /v1}. */
public enum InferenceOperation {
    CHAT("chat/completions"),
    COMPLETIONS("completions"),
    EMBEDDINGS("embeddings"),
    RERANK("rerank"),
    TRANSCRIPTIONS("audio/transcriptions"),
    IMAGES("images/generations"),
    MESSAGES("messages"),
    COUNT_TOKENS("messages/count_tokens"),
    RESPONSES("responses");

    private static final Map<String, InferenceOperation> BY_PATH = new HashMap<>();

    static {
        for (InferenceOperation each : values()) {
            BY_PATH.put(each.path(), each);
        }
    }

    /** Below {@code /v1}, for example {@code chat/completions}. */
    public final String name;

    private final String path;

    InferenceOperation(String name) {
        this.name = name;
        this.path = "/v1/" + name;
    }

    /** Returns null if nothing is called by this path. */
    public static InferenceOperation of(String path) {
        return BY_PATH.get(path);
    }

    public String path() {
        return path;
    }

    /** Whether it is carried by chat completions. */
    public boolean isTranslated() {
        return switch (this) {
            case MESSAGES, COUNT_TOKENS, RESPONSES -> true;
            case CHAT, COMPLETIONS, EMBEDDINGS, RERANK, TRANSCRIPTIONS, IMAGES -> false;
        };
    }

    /** Whether an upstream tells the usage of a stream when asked to. */
    public boolean tellsUsage() {
        return this == CHAT || this == COMPLETIONS;
    }
}

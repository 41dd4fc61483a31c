package io.aiwm.inference.body;

import io.vertx.core.buffer.Buffer;

/** What a gateway must know of the body of a call, and the body as an upstream is sent it. */
public interface CallBody {
    /** As the caller named it. */
    String model();

    /** Whether the answer comes as server-sent events. */
    boolean streams();

    /** Whether the caller asked for the chunk with the usage. */
    boolean wantsUsage();

    /** By what the caller says that calls belong together; null: it does not. */
    String session();

    /** About as many as a tokenizer would find. */
    long promptTokens();

    /** What the answer may have at most, or about, where the caller does not say. */
    long answerTokens();

    /**
     * The caller's bytes but for the model, and for the wish to be told the usage of a stream.
     *
     * @param model null: as the caller named it
     * @param askUsage whether the upstream is asked for the usage of a stream
     */
    Buffer forUpstream(String model, boolean askUsage);

    /** The beginning of the prompt as it came, one character for each byte; empty: there is none. */
    String prompt(int most);
}

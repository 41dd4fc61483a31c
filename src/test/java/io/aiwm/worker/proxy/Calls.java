package io.aiwm.worker.proxy;

import io.aiwm.inference.usage.CallUsage;
import io.aiwm.inference.usage.CallUsageBuilder;
import java.time.Instant;

/** Calls that have ended, for tests. */
public final class Calls {
    private Calls() {}

    public static CallUsage call(String id) {
        return CallUsageBuilder.builder()
                .id(id)
                .at(Instant.parse("2026-11-27T10:00:00Z"))
                .keyId("key_1")
                .user("ana")
                .model("chat")
                .operation("chat/completions")
                .status(200)
                .promptTokens(7)
                .completionTokens(11)
                .build();
    }
}

package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Json;
import io.aiwm.controller.store.DocumentStore.Document;
import java.util.IdentityHashMap;

/**
 * What the documents of one run say, decoded once for all who read them: half of the time of a run went into decoding the
 * same text again for each reader. A record is never changed, and {@link #areUnchanged} says whether that was kept.
 */
final class SharedRecords {
    private final IdentityHashMap<Document, Object> decoded = new IdentityHashMap<>();

    <T> T decode(Document document, Class<T> type) {
        Object known = decoded.get(document);
        if (known == null) {
            known = Json.decode(document.json(), type);
            decoded.put(document, known);
        }
        return type.cast(known);
    }

    /** Whether each still says what its document does. It costs more than a run, so few runs ask. */
    void areUnchanged() {
        decoded.forEach((document, shared) -> assertThat(Json.encode(shared))
                .isEqualTo(Json.encode(Json.decode(document.json(), shared.getClass()))));
    }
}

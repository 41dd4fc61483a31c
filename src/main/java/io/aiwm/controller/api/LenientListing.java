package io.aiwm.controller.api;

import io.aiwm.common.RateLimitedLog;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Shows each of a list alone: one that cannot be shown is left out and named in the log, and the others are shown. */
final class LenientListing {
    private static final RateLimitedLog TROUBLES =
            RateLimitedLog.troubles(LoggerFactory.getLogger(LenientListing.class), Level.ERROR);

    private LenientListing() {}

    static <T> List<JsonObject> of(List<T> items, Function<T, String> id, Function<T, JsonObject> view) {
        var shown = new ArrayList<JsonObject>(items.size());
        for (T item : items) {
            try {
                shown.add(view.apply(item));
            } catch (RuntimeException cause) {
                TROUBLES.trouble(id.apply(item), "", id.apply(item) + " cannot be shown and is left out", cause);
            }
        }
        return shown;
    }
}

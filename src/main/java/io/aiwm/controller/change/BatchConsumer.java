package io.aiwm.controller.change;

import io.aiwm.controller.store.Change;
import io.vertx.core.Future;
import java.util.List;

/** A consumer that is told many changes at once, and every version of a record that the store still has. */
public interface BatchConsumer extends ChangeConsumer {
    /** Does what these changes call for. The next ones are told when this future has succeeded; else these are told again. */
    Future<?> changed(List<Change> changes);

    @Override
    default Future<?> changed(Change change) {
        return changed(List.of(change));
    }
}

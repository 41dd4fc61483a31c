package io.aiwm.controller.proxy;

import io.aiwm.inference.usage.CallUsage;
import io.vertx.core.Future;
import java.util.List;

/** Counts what gateways used. */
@FunctionalInterface
public interface UsageBatches {
    /**
     * Counts a batch once, however often it comes; succeeds when it is stored. Of one gateway they come in order.
     *
     * @param gateway names it among all
     * @param sequence one more than that of the batch before
     */
    Future<Void> take(String gateway, long sequence, List<CallUsage> calls);
}

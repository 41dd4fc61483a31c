package io.aiwm.controller.model;

import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.model.hub.GuardedHttp;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.Vertx;
import java.net.URI;

/**
 * What all downloads use.
 *
 * @param token for the hub; null: none
 */
@RecordBuilder
record DownloadTools(
        Vertx vertx,
        ModelRecords records,
        ModelContent content,
        IncomingFiles incoming,
        Executions executions,
        GuardedHttp http,
        URI hub,
        String token,
        DownloadSecrets secrets,
        RetryPauses pauses) {
    String endpoint() {
        return hub.toString();
    }

    @Override
    public String toString() {
        return "DownloadTools[" + hub + "]";
    }
}

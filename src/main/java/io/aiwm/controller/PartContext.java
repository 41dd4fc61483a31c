package io.aiwm.controller;

import io.aiwm.boot.Config;
import io.aiwm.boot.Secrets;
import io.aiwm.boot.SteadyClock;
import io.aiwm.common.Ids;
import io.aiwm.controller.store.DocumentStore;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.InstantSource;
import java.time.ZoneOffset;

/** What every part of a controller is built on.
 *
 * @param clock the time of day as it was at the start, carried on by the monotonic clock
 * @param timeOfDay what schedules name, whoever sets it
 * @param alone whether no other controller can use this store
 * */
@RecordBuilder
record PartContext(
        Vertx vertx,
        Config config,
        Secrets secrets,
        SteadyClock clock,
        InstantSource timeOfDay,
        DocumentStore store,
        boolean alone,
        String controllerId) {

    /** @param store as {@link ControllerApp#storeOf} makes it, or one around it */
    static PartContext of(Vertx vertx, Config config, Secrets secrets, DocumentStore store) {
        return PartContextBuilder.builder()
                .vertx(vertx)
                .config(config)
                .secrets(secrets)
                .clock(new SteadyClock())
                .timeOfDay(Clock.tickMillis(ZoneOffset.UTC))
                .store(store)
                .alone(config.storage().isEmbedded())
                .controllerId(Ids.next("ctl"))
                .build();
    }
}

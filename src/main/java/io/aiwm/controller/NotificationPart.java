package io.aiwm.controller;

import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.NotificationResource;
import io.aiwm.controller.api.NotificationTargetResource;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.notification.Deliveries;
import io.aiwm.controller.notification.Inbox;
import io.aiwm.controller.notification.NotificationRun;
import io.aiwm.controller.notification.Rules;
import io.aiwm.controller.notification.Senders;
import io.aiwm.controller.notification.TargetProbe;
import io.aiwm.controller.notification.Targets;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/** Notifications: which events go where. */
final class NotificationPart implements Part {
    private final Targets targets;
    private final Rules rules;
    private final Deliveries deliveries;
    final Inbox inbox;
    private final Senders senders;
    private final TargetProbe probe;
    private final NotificationRun run;
    private final CallerIdentity callers;

    NotificationPart(PartContext basis, SecretPart secrets, EventPart events) {
        callers = events.callers;
        targets = new Targets(
                basis.store(),
                secrets.secrets,
                basis.clock(),
                basis.config().smtp().host() != null);
        rules = new Rules(basis.store(), targets, basis.clock());
        deliveries = new Deliveries(basis.store(), basis.clock());
        inbox = new Inbox(basis.store(), basis.clock());
        senders =
                new Senders(basis.vertx(), Senders.Settings.of(basis.config()), secrets.secrets, inbox, basis.clock());
        probe = new TargetProbe(senders, basis.clock());
        run = NotificationRun.of(
                basis.vertx(),
                basis.store(),
                new NotificationRun.Place(basis.controllerId(), basis.alone()),
                events.tail,
                rules,
                targets,
                deliveries,
                senders,
                basis.clock());
    }

    /** Once the store is open. */
    void start() {
        run.start();
    }

    Future<Void> close() {
        return run.close().transform(ended -> senders.close());
    }

    @Override
    public List<Collection> collections() {
        return List.of(Targets.COLLECTION, Rules.COLLECTION, Deliveries.COLLECTION, Inbox.COLLECTION, Inbox.MARKS);
    }

    @Override
    public List<Resource> resources() {
        return List.of(
                new NotificationResource(inbox, callers),
                new NotificationTargetResource(targets, rules, deliveries, senders, probe));
    }

    @Override
    public List<Sweep> sweeps() {
        return List.of(
                new Sweep("notifications that are old", Duration.ofMinutes(1), inbox::run),
                new Sweep("notifications that did not arrive", Duration.ofMinutes(5), deliveries::run));
    }
}

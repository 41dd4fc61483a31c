package io.aiwm.controller;

import io.aiwm.boot.App;
import io.aiwm.boot.Config;
import io.aiwm.boot.Secrets;
import io.aiwm.controller.api.CallerCheck;
import io.aiwm.controller.api.EventSocket;
import io.aiwm.controller.api.HealthResource;
import io.aiwm.controller.api.ShellSocket;
import io.aiwm.controller.http.EventBridge;
import io.aiwm.controller.http.HttpApiVerticle;
import io.aiwm.controller.http.RestApi;
import io.aiwm.controller.http.TicketSockets;
import io.aiwm.controller.monitor.TimeoutMonitorVerticle;
import io.aiwm.controller.scheduler.SchedulerVerticle;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.mongo.MongoStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** The controller, put together by hand from its parts, in reading order; each part is one room or a few that belong together. */
public final class ControllerApp implements App {
    private final PartContext basis;
    private final StoragePart storage;
    private final AuthPart auth;
    private final SecretPart secrets;
    private final NodePart machines;
    private final ExecutionPart work;
    private final DeploymentPart lasting;
    private final ModelPart models;
    private final LimitPart limits;
    private final InferencePart inference;
    private final BatchPart batches;
    private final AgentPart agents;
    private final LinkPart link;
    private final EventPart events;
    private final NotificationPart notifications;
    private final ChangePart changes;
    private final ApiPart api;
    private final McpPart mcp;
    private final List<Part> parts;

    private volatile boolean accepting = true;
    private HttpApiVerticle.Setup http;

    public ControllerApp(Vertx vertx, Config config, Secrets secrets) {
        this(vertx, config, secrets, storeOf(vertx, config));
    }

    /** @param store as {@link #storeOf} makes it, or one around it */
    public ControllerApp(Vertx vertx, Config config, Secrets secrets, DocumentStore store) {
        basis = PartContext.of(vertx, config, secrets, store);
        storage = new StoragePart(basis);
        auth = new AuthPart(basis);
        this.secrets = new SecretPart(basis);
        machines = new NodePart(basis, auth);
        work = new ExecutionPart(basis, machines);
        models = new ModelPart(basis, storage, machines, work, this.secrets);
        lasting = new DeploymentPart(basis, machines, work, models, this.secrets);
        limits = new LimitPart(basis, auth);
        inference = new InferencePart(basis, limits, this.secrets, machines, lasting, models);
        batches = new BatchPart(basis, storage, work, inference, auth.audit);
        mcp = new McpPart(basis, auth, inference);
        agents = new AgentPart(basis, storage, this.secrets, machines, work, inference, mcp);
        var evaluations = new EvaluationPart(basis, storage, machines, work, agents);
        var programs = new JobPart(basis, storage, machines, work, lasting, this.secrets, auth.audit);
        link = new LinkPart(basis, storage, machines, work, lasting, models, inference);
        events = new EventPart(basis, auth);
        notifications = new NotificationPart(basis, this.secrets, events);
        auth.users.onDelete(notifications.inbox::userDeleted);
        auth.users.onDelete(storage.keys::userDeleted);
        models.uploadsBelongTo(auth);
        changes = new ChangePart(basis, work, lasting, events);
        var loads = new ApiPart.Loads(work, lasting, programs, inference.inUse);
        api = new ApiPart(basis, storage, machines, loads, link, agents.callers);
        parts = List.of(
                storage,
                auth,
                this.secrets,
                machines,
                work,
                lasting,
                limits,
                inference,
                batches,
                agents,
                evaluations,
                programs,
                models,
                link,
                auth.audit,
                events,
                notifications,
                changes,
                api,
                mcp);
    }

    /** Where this configuration keeps its records; not yet open. */
    public static DocumentStore storeOf(Vertx vertx, Config config) {
        var storage = config.storage();
        return storage.isEmbedded()
                ? new SqliteStore(vertx, config.dataDir().resolve("aiwm.db"), storage)
                : new MongoStore(vertx, storage.mongoUri());
    }

    @Override
    public Future<Void> prepare() {
        return basis.store()
                .open(all(Part::collections))
                .compose(open -> storage.objects.open())
                .compose(open -> link.peerControllers.join())
                .compose(joined -> storage.files.serve())
                .compose(joined -> machines.serveMetrics())
                .compose(joined -> inference.loads.serve())
                .compose(joined -> link.routes.serve())
                .compose(joined -> inference.explainer.serve())
                .compose(joined -> machines.controllers.run())
                .compose(proved -> Future.all(
                        auth.users.ensureAdmin(basis.secrets().adminPassword()),
                        machines.nodes.start(),
                        // the sweep runs it again, and says why it fails
                        secrets.keyUse.run().otherwiseEmpty(),
                        work.executions.prepare(),
                        basis.vertx().executeBlocking(this::http)))
                // in this order: what is being made for a deployment that is gone holds nothing
                .compose(ready -> work.schedulerInput.rebuild())
                .compose(read -> lasting.deployments.trackClaims(work.scheduler))
                .compose(tracked -> inference.start())
                .compose(started -> limits.start(inference.configs))
                .compose(started -> batches.start())
                .onSuccess(ready -> {
                    changes.feed.start();
                    notifications.start();
                    api.publishChanges(events.tail);
                })
                .mapEmpty();
    }

    private <T> List<T> all(Function<Part, List<T>> ofPart) {
        return parts.stream().map(ofPart).flatMap(List::stream).toList();
    }

    @Override
    public Map<String, Supplier<Deployable>> verticles() {
        var catalog = new LinkedHashMap<String, Supplier<Deployable>>();
        parts.forEach(part -> catalog.putAll(part.verticles()));
        catalog.put(
                "SchedulerVerticle",
                () -> new SchedulerVerticle(
                        work.executions, work.scheduler, work.schedulerInput, lasting.claimCoordinator));
        catalog.put("TimeoutMonitorVerticle", () -> new TimeoutMonitorVerticle(all(Part::sweeps)));
        catalog.put("HttpApiVerticle", () -> new HttpApiVerticle(http));
        return catalog;
    }

    private HttpApiVerticle.Setup http() {
        Config.Http settings = basis.config().http();
        CallerCheck callers = auth.callers();
        var resources = new ArrayList<>(all(inference::followed));
        resources.add(new HealthResource(all(Part::checks), () -> accepting));
        RestApi rest = RestApi.of(settings, resources, callers, auth.audit.trail);
        var mounts = new ArrayList<>(rest.mounts());
        var door = new TicketSockets.Door(auth.tickets, callers, settings, basis.clock());
        mounts.addAll(EventBridge.mounts(door, List.of(agents.feed)));
        mounts.add(EventSocket.mount(events.tail, events.callers, door));
        mounts.add(ShellSocket.mount(
                basis.config().shells().enabled() ? link.shells : null, lasting.deployments, auth.shellAudit, door));
        mounts.add(link.sockets());
        mounts.addAll(storage.mounts);
        mounts.addAll(inference.mounts(settings));
        mounts.addAll(batches.mounts());
        http = new HttpApiVerticle.Setup(settings, mounts, callers, mcp::listensOn, rest::warmUp);
        return http;
    }

    @Override
    public void stopping() {
        accepting = false;
    }

    @Override
    public Future<Void> close() {
        inference.configs.close();
        return batches.close()
                .transform(closed -> limits.close())
                .transform(closed -> mcp.close())
                .transform(closed -> changes.feed.close())
                .transform(closed -> notifications.close())
                .transform(closed -> link.transfers.close())
                .transform(closed -> storage.files.close())
                .transform(closed -> storage.objects.close())
                .transform(closed -> machines.close())
                .transform(closed -> auth.audit.log.close())
                .transform(closed -> basis.store().close());
    }
}

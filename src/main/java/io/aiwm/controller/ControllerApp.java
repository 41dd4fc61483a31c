package io.aiwm.controller;

import io.aiwm.boot.App;
import io.aiwm.boot.Config;
import io.aiwm.boot.Secrets;
import io.aiwm.boot.SteadyClock;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.api.ApiKeyResource;
import io.aiwm.controller.api.AuthResource;
import io.aiwm.controller.api.CallerCheck;
import io.aiwm.controller.api.ClockCheck;
import io.aiwm.controller.api.ClusterResource;
import io.aiwm.controller.api.DeploymentResource;
import io.aiwm.controller.api.DrainResource;
import io.aiwm.controller.api.ExecutionResource;
import io.aiwm.controller.api.HealthResource;
import io.aiwm.controller.api.JobFileResource;
import io.aiwm.controller.api.JobResource;
import io.aiwm.controller.api.Logins;
import io.aiwm.controller.api.NodeResource;
import io.aiwm.controller.api.PinResource;
import io.aiwm.controller.api.ScheduleResource;
import io.aiwm.controller.api.StepFileResource;
import io.aiwm.controller.api.UserResource;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.Callers;
import io.aiwm.controller.auth.JwtTokens;
import io.aiwm.controller.auth.Users;
import io.aiwm.controller.change.ChangeFeed;
import io.aiwm.controller.cluster.ClusterStats;
import io.aiwm.controller.deployment.DeploymentPlacing;
import io.aiwm.controller.deployment.DeploymentReports;
import io.aiwm.controller.deployment.DeploymentSweep;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.KeptOnNodes;
import io.aiwm.controller.drain.Drains;
import io.aiwm.controller.event.Console;
import io.aiwm.controller.event.Events;
import io.aiwm.controller.event.OutcomeLog;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Pins;
import io.aiwm.controller.execution.Waiters;
import io.aiwm.controller.file.FileTransfers;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.gateway.NodeGateway;
import io.aiwm.controller.gateway.NodeGatewayVerticle;
import io.aiwm.controller.gateway.NodeSessions;
import io.aiwm.controller.gateway.PeerControllers;
import io.aiwm.controller.gateway.WebSocketGateway;
import io.aiwm.controller.http.HealthCheck;
import io.aiwm.controller.http.HttpApiVerticle;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.http.Tickets;
import io.aiwm.controller.job.JobArrays;
import io.aiwm.controller.job.JobExplainer;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.job.Schedules;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.monitor.DueExecutions;
import io.aiwm.controller.monitor.Retention;
import io.aiwm.controller.monitor.Sweep;
import io.aiwm.controller.monitor.TimeoutMonitorVerticle;
import io.aiwm.controller.node.ControllerPresence;
import io.aiwm.controller.node.Controllers;
import io.aiwm.controller.node.EndingTokens;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeAdmission;
import io.aiwm.controller.node.NodeClocks;
import io.aiwm.controller.node.NodeMaintenance;
import io.aiwm.controller.node.NodeTokens;
import io.aiwm.controller.node.Nodes;
import io.aiwm.controller.node.SilentNodes;
import io.aiwm.controller.node.Storms;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.objects.S3ObjectStore;
import io.aiwm.controller.orchestrator.CommandInbox;
import io.aiwm.controller.orchestrator.Dispatcher;
import io.aiwm.controller.orchestrator.OrchestratorVerticle;
import io.aiwm.controller.orchestrator.WorkersTime;
import io.aiwm.controller.scheduler.ClaimCoordinator;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.scheduler.SchedulerInput;
import io.aiwm.controller.scheduler.SchedulerVerticle;
import io.aiwm.controller.scheduler.SharedClaims;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.mongo.MongoStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The controller, put together by hand, in reading order: store, services, verticles, resources, sweeps. */
public final class ControllerApp implements App {
    private final Vertx vertx;
    private final Config config;
    private final Secrets secrets;
    private final SteadyClock clock = new SteadyClock();
    /** What schedules name, whoever sets it. */
    private final InstantSource timeOfDay = Clock.tickMillis(ZoneOffset.UTC);

    private final DocumentStore store;
    private final ObjectStore objects;
    private final Files files;
    private final FileTransfers transfers;
    private final boolean alone;
    private final JwtTokens tokens;
    private final Users users;
    private final ApiKeys apiKeys;
    private final ControllerPresence presence;
    private final Controllers controllers;
    private final Nodes nodes;
    private final NodeMaintenance maintenance;
    private final NodeTokens nodeTokens;
    private final EndingTokens endingTokens;
    private final NodeClocks nodeClocks;
    private final WorkersTime workersTime;
    private final NodeAdmission admission;
    private final Storms storms;
    private final SilentNodes silentNodes;
    private final Executions executions;
    private final Waiters waiters;
    private final Deployments deployments;
    private final DeploymentSweep deploymentSweep;
    private final Jobs jobs;
    private final JobArrays jobArrays;
    private final Schedules schedules;
    private final Drains drains;
    private final NodeSessions sessions;
    private final NodeGateway gateway;
    private final PeerControllers peerControllers;
    private final LogStreams logs;
    private final Dispatcher dispatcher;
    private final CommandInbox inbox;
    private final Scheduler scheduler;
    private final SchedulerInput schedulerInput;
    /** Null where this controller is alone. */
    private final ClaimCoordinator claimCoordinator;

    private final IdempotencyKeys keys;
    private final Tickets tickets;
    private final Pins pins;
    private final Retention retention;
    private final ChangeFeed changes;
    private final Events events;
    private volatile boolean accepting = true;
    private HttpApiVerticle.Setup http;

    public ControllerApp(Vertx vertx, Config config, Secrets secrets) {
        this(vertx, config, secrets, storeOf(vertx, config));
    }

    /** @param store as {@link #storeOf} makes it, or one around it */
    public ControllerApp(Vertx vertx, Config config, Secrets secrets, DocumentStore store) {
        this.vertx = vertx;
        this.config = config;
        this.secrets = secrets;
        this.store = store;
        // SQLite belongs to one process, which its file lock sees to; behind MongoDB there may be other controllers
        alone = config.storage().isEmbedded();
        tokens = new JwtTokens(secrets.jwtKey().getBytes(StandardCharsets.UTF_8), clock);
        users = new Users(vertx, store, clock);
        apiKeys = new ApiKeys(store, users, clock);
        String controllerId = Ids.next("ctl");
        presence = alone ? ControllerPresence.alone() : new ControllerPresence(config.fleet(), System::nanoTime);
        controllers = new Controllers(store, presence, clock, controllerId, config, secrets.jwtKey());
        nodes = new Nodes(vertx, store, clock, config.fleet(), controllerId);
        maintenance = new NodeMaintenance(nodes, clock);
        nodeTokens = new NodeTokens(store, nodes, tokens, clock, config.auth().nodeTokenLifetime());
        endingTokens = new EndingTokens(nodeTokens, clock);
        nodeClocks = new NodeClocks(timeOfDay);
        workersTime = new WorkersTime(clock, config.fleet().offlineAfter(), this::heardByOtherClock);
        admission = new NodeAdmission(nodes, nodeTokens, clock, nodeClocks, config.fleet());
        admission.onTimeLeft(workersTime::told);
        nodes.onNode((id, node) -> {
            if (node == null) {
                workersTime.forget(id);
            }
        });
        storms = new Storms(store, clock);
        silentNodes = new SilentNodes(nodes, presence, storms, clock, config.fleet());
        objects = objectsOf(vertx, config);
        files = new Files(vertx, store, objects, clock, config.jobs());
        scheduler = new Scheduler(config.scheduler(), clock, alone);
        executions = new Executions(store, scheduler, clock, workersTime, config.executions(), alone);
        schedulerInput = new SchedulerInput(executions, nodes, scheduler, clock);
        admission.onUse(scheduler::uses);
        transfers = new FileTransfers(
                vertx, executions, files, clock, config.jobs(), config.dataDir().resolve("incoming"));
        keys = new IdempotencyKeys(store, clock);
        tickets = new Tickets(store, clock);
        waiters = new Waiters(vertx, executions, clock, alone);
        deployments = new Deployments(store, executions, nodes, clock, alone);
        claimCoordinator = alone
                ? null
                : new ClaimCoordinator(new SharedClaims(store), scheduler, executions, deployments::holdsOn, clock);
        deploymentSweep = new DeploymentSweep(deployments);
        jobs = new Jobs(executions, nodes, files, config.jobs());
        jobArrays = new JobArrays(vertx, executions, clock);
        schedules = new Schedules(store, jobs, executions, timeOfDay, alone);
        pins = new Pins(store, executions, clock);
        retention = new Retention(executions, jobs, files, pins, deployments::get, clock, config.retention());
        drains = new Drains(nodes, maintenance, executions, deployments, clock);
        sessions = new NodeSessions(vertx);
        logs = new LogStreams(vertx, sessions, nodes);
        dispatcher = new Dispatcher(sessions, clock);
        inbox = new CommandInbox(executions, dispatcher, deployments::keeps);
        gateway = new NodeGateway(
                controllerId,
                admission,
                sessions,
                inbox,
                new DeploymentReports(deployments, logs, new KeptOnNodes(deployments, executions::get)),
                transfers,
                clock);
        peerControllers = new PeerControllers(vertx, store, gateway.controllerId(), config);
        changes = new ChangeFeed(vertx, store, controllerId, alone);
        events = new Events(vertx);
    }

    /** Where this configuration keeps its records; not yet open. */
    public static DocumentStore storeOf(Vertx vertx, Config config) {
        var storage = config.storage();
        return storage.isEmbedded()
                ? new SqliteStore(vertx, config.dataDir().resolve("aiwm.db"), storage)
                : new MongoStore(vertx, storage.mongoUri());
    }

    private static ObjectStore objectsOf(Vertx vertx, Config config) {
        var folder = config.objectStorage().folder();
        return config.objectStorage().endpoint() == null
                ? new LocalObjectStore(vertx, folder)
                : new S3ObjectStore(vertx, config.objectStorage(), folder.resolve(".unfinished"));
    }

    @Override
    public Future<Void> prepare() {
        return store.open(List.of(
                        PeerControllers.COLLECTION,
                        Users.COLLECTION,
                        ApiKeys.COLLECTION,
                        Controllers.COLLECTION,
                        Nodes.COLLECTION,
                        NodeTokens.COLLECTION,
                        Storms.COLLECTION,
                        Executions.COLLECTION,
                        Pins.COLLECTION,
                        ChangeFeed.COLLECTION,
                        SharedClaims.COLLECTION,
                        Deployments.COLLECTION,
                        Schedules.COLLECTION,
                        Files.COLLECTION,
                        IdempotencyKeys.COLLECTION,
                        Tickets.COLLECTION))
                .compose(open -> objects.open())
                .compose(open -> peerControllers.join())
                .compose(joined -> files.serve())
                .compose(joined -> controllers.run())
                .compose(proved -> Future.all(
                        users.ensureAdmin(secrets.adminPassword()),
                        nodes.start(),
                        executions.prepare(),
                        vertx.executeBlocking(this::http)))
                // in this order: what is being made for a deployment that is gone holds nothing
                .compose(ready -> schedulerInput.rebuild())
                .compose(read -> deployments.trackClaims(scheduler))
                .onSuccess(ready -> followChanges())
                .mapEmpty();
    }

    @Override
    public Map<String, Supplier<Deployable>> verticles() {
        var catalog = new LinkedHashMap<String, Supplier<Deployable>>();
        catalog.put("OrchestratorVerticle", () -> new OrchestratorVerticle(executions, nodes, dispatcher, inbox));
        catalog.put(
                "SchedulerVerticle",
                () -> new SchedulerVerticle(executions, scheduler, schedulerInput, claimCoordinator));
        catalog.put("TimeoutMonitorVerticle", () -> new TimeoutMonitorVerticle(sweeps()));
        catalog.put("NodeGatewayVerticle", () -> new NodeGatewayVerticle(gateway));
        catalog.put("HttpApiVerticle", () -> new HttpApiVerticle(http));
        return catalog;
    }

    private List<Resource> resources() {
        return List.of(
                new AuthResource(this::login, tickets),
                new UserResource(users),
                new ApiKeyResource(apiKeys),
                new HealthResource(checks(), () -> accepting),
                new NodeResource(nodes, maintenance, nodeTokens, nodeClocks, scheduler::amounts),
                new DrainResource(drains),
                new ClusterResource(
                        new ClusterStats(
                                nodes, scheduler::amounts, admission::latestSystem, executions, deployments, storms),
                        storms),
                new ExecutionResource(executions, waiters, nodes, deployments::get, files::get, keys),
                new PinResource(pins),
                new DeploymentResource(
                        deployments, new DeploymentPlacing(deployments, scheduler), logs, admission::latestStats, keys),
                new JobResource(jobs, new JobExplainer(jobs, scheduler), files, logs, executions, waiters, keys),
                new JobFileResource(jobs, files, logs),
                new StepFileResource(executions, files, logs),
                new ScheduleResource(schedules, jobs, keys));
    }

    private List<Sweep> sweeps() {
        var sweeps = new ArrayList<>(List.of(
                new Sweep(
                        "executions whose time has come",
                        config.executions().tick(),
                        new DueExecutions(
                                executions,
                                dispatcher,
                                clock,
                                config.executions().resendAfter())::run),
                new Sweep("which controllers live", presence.every(), controllers::run),
                new Sweep("silent nodes", silentNodes.every(), silentNodes::run),
                new Sweep("when API keys were last used", Duration.ofMinutes(1), apiKeys::flush),
                new Sweep("when node tokens were last used", Duration.ofMinutes(1), nodeTokens::flush),
                new Sweep("node tokens that end soon", endingTokens.every(), endingTokens::run),
                new Sweep("node sessions whose token has ended", Duration.ofSeconds(2), gateway::run),
                new Sweep("controllers with another database", Duration.ofSeconds(30), peerControllers::run),
                new Sweep("nodes that are drained", Duration.ofSeconds(1), drains::run),
                new Sweep("deployments that wait for nothing", Duration.ofSeconds(5), deploymentSweep::run),
                new Sweep("files nobody wants", Duration.ofMinutes(10), files::run),
                new Sweep("schedules that are due", Duration.ofSeconds(1), schedules::run),
                new Sweep("arrays of jobs", Duration.ofSeconds(5), jobArrays::run),
                new Sweep("files that workers did not finish", Duration.ofMinutes(10), transfers::run),
                new Sweep("what has ended and is old", Duration.ofMinutes(1), retention::run),
                new Sweep("idempotency keys of yesterday", Duration.ofMinutes(10), keys::run),
                new Sweep("changes that were told", ChangeFeed.TRIM_EVERY, changes::trim),
                new Sweep("tickets nobody used", Duration.ofMinutes(1), tickets::run),
                new Sweep("callers that have waited enough", Duration.ofSeconds(1), waiters::run),
                new Sweep("what waits, and what nodes were given", Duration.ofSeconds(5), schedulerInput::rebuild),
                new Sweep("what deployments hold", Duration.ofSeconds(5), () -> deployments.trackClaims(scheduler))));
        if (!alone) {
            sweeps.add(
                    new Sweep("claims that a controller left behind", Duration.ofSeconds(30), claimCoordinator::run));
            sweeps.add(new Sweep("files whose place is not noted", Duration.ofMinutes(1), files::note));
        }
        return sweeps;
    }

    private List<HealthCheck> checks() {
        return List.of(
                new HealthCheck(
                        "store", true, () -> store.ping().map(alive -> new JsonObject().put("kind", storeKind()))),
                new HealthCheck("records", false, this::records),
                new HealthCheck("changes", false, changes::check),
                new HealthCheck("clocks", false, new ClockCheck(nodeClocks, controllers::clocksOff, clock::wallAhead)));
    }

    private Future<JsonObject> records() {
        int count = store.unreadable().count();
        return count == 0
                ? Future.succeededFuture(new JsonObject())
                : Future.failedFuture(new Failure(
                        Failure.Kind.INTERNAL,
                        count + " stored records cannot be read and are left out: "
                                + String.join(", ", store.unreadable().names(20))));
    }

    private boolean heardByOtherClock(String nodeId) {
        Node node = alone ? null : nodes.find(nodeId);
        return node != null
                && node.controllerId() != null
                && controllers.clocksOff().containsKey(node.controllerId());
    }

    private String storeKind() {
        return config.storage().isEmbedded() ? "sqlite" : "mongodb";
    }

    private Future<Logins.Login> login(String name, String password, String address) {
        return users.login(name, password, address).map(user -> {
            Duration lifetime = config.auth().tokenLifetime();
            return new Logins.Login(tokens.issueUser(user, lifetime).token(), lifetime);
        });
    }

    private HttpApiVerticle.Setup http() {
        http = HttpApiVerticle.Setup.of(
                config.http(),
                resources(),
                new CallerCheck(new Callers(tokens, users, apiKeys)),
                tickets,
                new WebSocketGateway(vertx, gateway, clock, HttpApiVerticle::refuse),
                clock,
                port -> {});
        return http;
    }

    /** What follows what is stored; nobody waits for it. */
    private void followChanges() {
        changes.add(pins).start();
        new PageChanges(events, executions, deployments, storms).start(vertx, store, nodes);
        var outcomes = new OutcomeLog(Console.ours());
        executions.onWritten(outcomes::execution);
        deployments.onWritten(outcomes::deployment);
    }

    @Override
    public void stopping() {
        accepting = false;
    }

    @Override
    public Future<Void> close() {
        return changes.close()
                .transform(closed -> transfers.close())
                .transform(closed -> files.close())
                .transform(closed -> objects.close())
                .transform(closed -> controllers.close())
                .transform(closed -> store.close());
    }
}

package io.aiwm.worker;

import io.aiwm.boot.App;
import io.aiwm.boot.Config;
import io.aiwm.boot.SteadyClock;
import io.aiwm.worker.command.CommandHandler;
import io.aiwm.worker.command.CommandJournal;
import io.aiwm.worker.command.CommandRunner;
import io.aiwm.worker.command.Containers;
import io.aiwm.worker.command.NoContainers;
import io.aiwm.worker.command.ProxyConfigure;
import io.aiwm.worker.command.SystemHealthCheck;
import io.aiwm.worker.command.SystemRestart;
import io.aiwm.worker.command.SystemUpdate;
import io.aiwm.worker.container.BindAddress;
import io.aiwm.worker.container.ContainerOwner;
import io.aiwm.worker.docker.DockerExecutorVerticle;
import io.aiwm.worker.hardware.ContainerSampler;
import io.aiwm.worker.hardware.HardwareSampler;
import io.aiwm.worker.hardware.HardwareSamplerVerticle;
import io.aiwm.worker.job.JobHandler;
import io.aiwm.worker.link.ControllerLink;
import io.aiwm.worker.link.ControllerLinkVerticle;
import io.aiwm.worker.model.ControllerAddress;
import io.aiwm.worker.model.ModelHandlers;
import io.aiwm.worker.process.CombinedContainers;
import io.aiwm.worker.process.ProcessLogs;
import io.aiwm.worker.process.ProcessSandbox;
import io.aiwm.worker.proxy.ProxyGateway;
import io.aiwm.worker.proxy.ProxyNode;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The worker, put together by hand: everything that exists on this side is made here. */
public final class WorkerApp implements App {
    private static final Logger log = LoggerFactory.getLogger(WorkerApp.class);
    private static final String PROXY = "proxy";

    private final Vertx vertx;
    private final Config config;
    private final Path home;
    private final SteadyClock clock = new SteadyClock();
    private final AtomicLong metricsIntervalMs;
    private final WorkerRestart restart;
    private ControllerLink link;
    private DockerExecutorVerticle docker;
    private ProcessSandbox processes;
    private Containers containers;
    private HardwareSampler sampler;
    private CommandJournal journal;
    private CommandRunner runner;
    private JobHandler jobs;
    private ModelHandlers models;
    /** Null: this worker is no proxy. */
    private ProxyNode proxy;

    public WorkerApp(Vertx vertx, Config config) {
        this.vertx = vertx;
        this.config = config;
        this.home = config.dataDir().resolve("worker");
        this.metricsIntervalMs =
                new AtomicLong(config.worker().metricsInterval().toMillis());
        this.restart = new WorkerRestart(vertx, config.mode());
    }

    /** Fails when the data directory cannot be used, or another worker uses it. Needs no controller and no engine. */
    @Override
    public Future<Void> prepare() {
        Config.Worker worker = config.worker();
        return ControllerLink.create(vertx, worker, home, config.mode() == Config.Mode.WORKER)
                .compose(made -> {
                    link = made;
                    models = models();
                    containers = containers();
                    sampler = new HardwareSampler(vertx, worker.gpu(), home, containers::info);
                    return models.peers().start(BindAddress.ownAddress(config));
                })
                .compose(serving -> openProxy())
                .compose(opened -> CommandJournal.open(vertx, home, clock))
                .map(opened -> {
                    journal = opened;
                    runner = new CommandRunner(vertx, journal, handlers(), worker.maxParallel(), clock, link);
                    restart.of(runner, link, journal);
                    models.onHeld(link::models);
                    link.peers(models);
                    if (proxy != null) {
                        link.proxy(proxy);
                        proxy.start();
                    }
                    link.serve(runner, containers, sampler, models::held, metricsIntervalMs::set);
                    return null;
                });
    }

    /** In standalone the controller serves the gateway itself. */
    private Future<Void> openProxy() {
        if (!PROXY.equals(config.worker().role()) || config.mode() != Config.Mode.WORKER) {
            return Future.succeededFuture();
        }
        var parts = new ProxyNode.Parts(
                vertx,
                config.worker().proxy(),
                home.resolve("proxy"),
                clock,
                link,
                (on, callers, limiter, usage) -> new ProxyGateway(on, config.inference(), callers, limiter, usage));
        return ProxyNode.open(parts).onSuccess(opened -> proxy = opened).mapEmpty();
    }

    private ModelHandlers models() {
        Config.Worker worker = config.worker();
        return new ModelHandlers(
                vertx,
                home.resolve("models"),
                worker.policy(),
                worker.modelCache(),
                new ControllerAddress(worker.controllerUrl(), worker.controllerCa()),
                () -> docker == null ? Future.succeededFuture(Map.of()) : docker.modelUsers());
    }

    private Containers containers() {
        Containers engine = engine();
        if (!config.worker().process().enabled()) {
            return engine;
        }
        log.warn("jobs may run as plain processes on this worker, without any isolation (worker.process.enabled)");
        processes = new ProcessSandbox(vertx, home.resolve("processes"));
        return new CombinedContainers(engine, processes, new ProcessLogs(vertx, processes));
    }

    private Containers engine() {
        Config.Docker settings = config.worker().docker();
        if (!settings.enabled()) {
            return new NoContainers("docker is switched off on this worker");
        }
        var owner = new ContainerOwner(config.cluster().name(), link.nodeId());
        docker = DockerExecutorVerticle.docker(
                vertx,
                config.worker(),
                BindAddress.of(vertx, config),
                owner,
                models,
                home.resolve("brought.json"),
                link.retention()::ask,
                clock);
        return docker.containers();
    }

    /** A new command is one handler file and one line here. */
    private List<CommandHandler> handlers() {
        var handlers = new ArrayList<CommandHandler>(List.of(
                new SystemHealthCheck(sampler::sample),
                new SystemRestart(restart.obstacle(), restart),
                new SystemUpdate(),
                new ProxyConfigure(proxy == null ? null : proxy::serving)));
        handlers.addAll(models.all());
        if (docker != null) {
            handlers.addAll(docker.handlers());
        }
        jobs = new JobHandler(
                vertx, docker == null ? null : docker.sandbox(), processes, link.files(), home.resolve("jobs"), clock);
        handlers.add(jobs);
        return handlers;
    }

    @Override
    public Map<String, Supplier<Deployable>> verticles() {
        return Map.of(
                "ProxyVerticle",
                () -> proxy == null ? new VerticleBase() {} : proxy.verticle(),
                "DockerExecutorVerticle",
                () -> docker == null ? new VerticleBase() {} : docker,
                "HardwareSamplerVerticle",
                () -> new HardwareSamplerVerticle(
                        sampler,
                        new ContainerSampler(vertx, config.worker().gpu(), containers, sampler::last),
                        link,
                        config.worker(),
                        metricsIntervalMs::get),
                "ControllerLinkVerticle",
                () -> new ControllerLinkVerticle(link, runner, this::sweep, this::leaveContainers));
    }

    private void sweep(Collection<String> active) {
        jobs.sweep(active);
        // containers that came or went have changed which models are in use
        models.held().onFailure(cause -> log.warn("the models cannot be listed: {}", cause.toString()));
    }

    @Override
    public Future<Void> ready() {
        return link.registered();
    }

    @Override
    public void stopping() {
        if (runner != null) {
            runner.drain();
        }
    }

    /** They go on running, unless the operator wants otherwise. */
    private Future<Void> leaveContainers() {
        if (!config.worker().stopContainersOnExit()) {
            return Future.succeededFuture();
        }
        return containers
                .running()
                .compose(all -> Future.join(all.stream()
                        .map(each -> containers.stop(each.containerId(), "the worker stops"))
                        .toList()))
                .mapEmpty();
    }

    @Override
    public Future<Void> close() {
        Future<Void> serving =
                models == null ? Future.succeededFuture() : models.peers().close();
        return serving.eventually(() -> proxy == null ? Future.succeededFuture() : proxy.close())
                .eventually(() -> journal == null ? Future.succeededFuture() : journal.close());
    }
}

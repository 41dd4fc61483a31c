package io.aiwm.worker.link;

import io.aiwm.boot.Config;
import io.aiwm.common.Json;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.Goodbye;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.RegisterAck;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.TokenRenew;
import io.aiwm.worker.command.CommandFiles;
import io.aiwm.worker.command.CommandRunner;
import io.aiwm.worker.command.Containers;
import io.aiwm.worker.command.RetentionQuestion;
import io.aiwm.worker.command.Uplink;
import io.aiwm.worker.hardware.HardwareSampler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The worker's end of the protocol, whatever carries it: finds a controller, registers, keeps the session alive, and
 * begins again when it is lost. Containers and commands do not notice. At most one session at a time.
 */
public final class ControllerLink implements Uplink {
    private static final Logger log = LoggerFactory.getLogger(ControllerLink.class);

    private final Vertx vertx;
    private final Context context;
    private final Config.Worker config;
    private final IdentityFile identity;
    private final Transport transport;
    private final Backoff backoff = new Backoff(new Random());
    private final TokenRenewal renewal;
    private final LastStatuses statuses = new LastStatuses();
    private final CommandFiles files;
    private final RetentionQuestion retention;
    private final Promise<Void> ready = Promise.promise();
    private CommandRunner runner;
    private Containers containers;
    private RegistrationMessage registration;
    private ControllerMessages inbox;
    private Supplier<SystemInfo> lastSample;
    private LongConsumer metricsInterval = ignored -> {};
    private PeerServing peers = PeerServing.NONE;
    private ProxyTraffic proxy = ProxyTraffic.NONE;
    private ControllerSession session;
    /** As they were read last; null: never. */
    private List<NodeModel> models;

    private boolean stopped;

    private ControllerLink(Vertx vertx, Config.Worker config, IdentityFile identity, boolean ownProcess) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.config = config;
        this.identity = identity;
        this.files = new CommandFiles(vertx, this);
        this.retention = new RetentionQuestion(vertx, this);
        this.renewal = new TokenRenewal(vertx, () -> send(TokenRenew.TYPE, new JsonObject(), null));
        this.transport = Transport.of(vertx, config, ownProcess);
    }

    /**
     * Reads who this worker is, from its settings or from {@code identity.json} in its directory.
     *
     * @param ownProcess false: the controller is in this process, so a controller URL does not matter
     */
    public static Future<ControllerLink> create(Vertx vertx, Config.Worker config, Path directory, boolean ownProcess) {
        Path file = directory.resolve("identity.json");
        return vertx.executeBlocking(() -> Identity.load(file, config))
                .map(identity ->
                        new ControllerLink(vertx, config, new IdentityFile(vertx, file, identity), ownProcess));
    }

    /** From its settings, its token or its identity file; never null. */
    public String nodeId() {
        return identity.get().nodeId();
    }

    /** Files between this worker and its controller. */
    public CommandFiles files() {
        return files;
    }

    /** What the controller wants kept on this node. */
    public RetentionQuestion retention() {
        return retention;
    }

    /**
     * What the link serves; before {@link #start}.
     *
     * @param models reads those on this worker's disk; the result of each reading is passed to {@link #models} too
     * @param metricsInterval gets the interval that the controller wants, in milliseconds
     */
    public void serve(
            CommandRunner runner,
            Containers containers,
            HardwareSampler sampler,
            Supplier<Future<List<NodeModel>>> models,
            LongConsumer metricsInterval) {
        this.runner = runner;
        this.containers = containers;
        this.registration = new RegistrationMessage(config, sampler::sample, containers, models, peers, runner);
        this.inbox = new ControllerMessages(runner, containers, files, retention, this, proxy);
        this.lastSample = sampler::last;
        this.metricsInterval = metricsInterval;
        containers.onStatus(this::status);
    }

    /** Sets what serves models to other workers; before {@link #serve}. */
    public void peers(PeerServing serving) {
        peers = serving;
    }

    /** Sets what hears of proxies, on a worker of that role; before {@link #serve}. */
    public void proxy(ProxyTraffic traffic) {
        proxy = traffic;
    }

    public void start() {
        onContext(this::connect);
    }

    /** Succeeds when a controller has registered this worker for the first time. */
    public Future<Void> registered() {
        return ready.future();
    }

    /** Ends the session for good. Succeeds when the goodbye has been sent. */
    public Future<Void> stop(String reason) {
        return Future.future(done -> onContext(() -> {
            stopped = true;
            if (session == null) {
                done.complete();
                return;
            }
            send(Goodbye.TYPE, Json.toObject(new Goodbye(null, reason)), null);
            session.end().onComplete(done);
        }));
    }

    @Override
    public void send(String type, JsonObject data, String commandId) {
        onContext(() -> {
            if (session != null) {
                session.send(type, data, commandId);
            }
        });
    }

    /** Reports the models: at once, or when the next session has begun. */
    public void models(List<NodeModel> now) {
        onContext(() -> {
            models = now;
            if (session != null) {
                session.models(now);
            }
        });
    }

    private void status(DeploymentStatus status) {
        onContext(() -> {
            statuses.put(status);
            send(DeploymentStatus.TYPE, Json.toObject(status), status.commandId());
        });
    }

    private void connect() {
        if (stopped) {
            return;
        }
        var next = new ControllerSession(vertx, config, inbox, lastSample, runner::left, this::ended);
        session = next;
        transport
                .open(identity.get(), next)
                .compose(channel -> {
                    next.opened(channel);
                    return registration.make(config.nodeId() == null ? channel.nodeId() : config.nodeId());
                })
                .compose(next::register)
                .onComplete(answer -> onContext(() -> {
                    if (answer.failed()) {
                        next.lost(LinkEnding.of(answer.cause()));
                    } else if (!answer.result().accepted()) {
                        next.lost(new LinkEnding(
                                LinkEnding.Kind.REFUSED,
                                "registration refused: " + answer.result().reason()));
                    } else if (session == next && !stopped) {
                        registered(next, answer.result());
                    }
                }));
    }

    private void registered(ControllerSession next, RegisterAck ack) {
        backoff.succeeded();
        next.begin(ack);
        identity.change(ack.nodeId(), ack.nodeToken());
        peers.key(ack.peerKey());
        peers.objects(ack.objectsUrl());
        ready.tryComplete();
        log.info(
                "registered as node {} with {}",
                identity.get().nodeId(),
                transport.getClass().getSimpleName());
        if (ack.metricsIntervalMs() > 0) {
            metricsInterval.accept(ack.metricsIntervalMs());
        }
        follow(ack);
        // every result, so those of ack.resend too
        runner.sessionStarted();
        files.sessionStarted();
        proxy.sessionBegan();
        renewal.begin(identity.get());
        if (models != null) {
            next.models(models); // one may have come or gone since the registration was written
        }
        statuses.forNewSession()
                .forEach(status -> send(DeploymentStatus.TYPE, Json.toObject(status), status.commandId()));
    }

    /** Does what the controller wants done with the commands and containers of the sessions before. */
    private void follow(RegisterAck ack) {
        if (ack.forget() != null) {
            ack.forget().forEach(runner::forget);
        }
        if (ack.stop() != null) {
            ack.stop()
                    .forEach(id -> containers
                            .stop(id, "the controller no longer wants it")
                            .onFailure(
                                    cause -> log.warn("container {} cannot be stopped: {}", id, cause.getMessage())));
        }
        if (ack.adopt() != null && !ack.adopt().isEmpty()) {
            log.info("{} containers stay in the controller's care", ack.adopt().size());
        }
    }

    /** Replaces the node token: stores it, and begins a new session with it, which proves that it is valid. */
    void renewed(String token) {
        onContext(() -> {
            if (token == null || session == null) {
                return;
            }
            ControllerSession before = session;
            identity.change(null, token)
                    .onComplete(kept -> onContext(
                            () -> before.lost(new LinkEnding(LinkEnding.Kind.MOVED, "the node token was renewed"))));
        });
    }

    private void ended(ControllerSession which, LinkEnding ending) {
        if (session != which) {
            return;
        }
        session = null;
        renewal.end();
        if (stopped) {
            return;
        }
        if (ending.kind == LinkEnding.Kind.REPLACED) {
            log.error("{}; this one stays away until it is started again, its containers go on", ending.getMessage());
            return;
        }
        long waitMs = Math.max(1, backoff.next(ending.kind));
        log.atLevel(ending.kind == LinkEnding.Kind.MOVED ? Level.INFO : Level.WARN)
                .log(
                        "no session with a controller: {}{}; next try in {} ms",
                        ending.getMessage(),
                        ending.advice(identity.get().nodeId()),
                        waitMs);
        vertx.setTimer(waitMs, ignored -> onContext(this::connect));
    }

    private void onContext(Runnable task) {
        if (Vertx.currentContext() == context) {
            task.run();
        } else {
            context.runOnContext(ignored -> task.run());
        }
    }
}

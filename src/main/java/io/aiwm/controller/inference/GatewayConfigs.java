package io.aiwm.controller.inference;

import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.change.ChangeTail;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What gateways can call, made of the records and kept current: of this controller's writes at once, of other controllers' with the
 * next look at the change feed. A sweep makes up for what was missed. Nothing is read on the path of a call.
 */
public final class GatewayConfigs {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayConfigs.class);
    private static final RateLimitedLog FAILURES = RateLimitedLog.failures(LOG);
    /** For good: whoever calls is not known beforehand. */
    private static final Duration ALWAYS = Duration.ofDays(3_650);

    private static final int PAGE = 500;
    private static final String DEPLOYMENTS = Deployments.COLLECTION.name();
    private static final String MODELS = Models.COLLECTION.name();
    private static final String ALIASES = Aliases.COLLECTION.name();
    private static final String ENDPOINTS = Endpoints.COLLECTION.name();
    private static final String SECRETS = StoredSecrets.COLLECTION.name();

    private final Deployments deployments;
    private final Models models;
    private final Aliases aliases;
    private final UsableEndpoints usable;
    private final InstantSource clock;
    private final ServedDeployments served;
    private final PublishedConfig published = new PublishedConfig();
    /** Changes that come together are published together. */
    private final CoalescedTask publishing;

    private final RepeatedRead aliasReads;
    private final RepeatedRead endpointReads;
    private volatile List<NamedAlias> named = List.of();
    private volatile UsableEndpoints.Read endpoints = UsableEndpoints.Read.NONE;
    private volatile List<GatewayConfig.Key> keys = List.of();
    private volatile List<GatewayConfig.Team> teams = List.of();
    /** Null until it is started. */
    private volatile ChangeTail tail;

    /** What it reads. */
    public record Sources(
            Deployments deployments,
            Models models,
            Aliases aliases,
            Endpoints endpoints,
            StoredSecrets secrets,
            NodeDirectory nodes,
            Reach reach) {}

    /** What is called from here. @param hostname of this machine. @param replicas whether one may be called at an address */
    public record Reach(String hostname, Predicate<InetAddress> replicas) {}

    /** Make it before the first deployment is written. */
    public GatewayConfigs(Vertx vertx, Sources sources, InstantSource clock) {
        this.deployments = sources.deployments();
        this.models = sources.models();
        this.aliases = sources.aliases();
        this.usable = new UsableEndpoints(sources.endpoints(), sources.secrets());
        this.clock = clock;
        this.publishing = new CoalescedTask(((VertxInternal) vertx).createEventLoopContext(), this::publishNow);
        this.served = new ServedDeployments(new ReplicaAddresses(
                sources.nodes()::find,
                sources.reach().hostname(),
                sources.reach().replicas()));
        this.aliasReads = new RepeatedRead(() -> read(aliases.all().onSuccess(all -> named = all)));
        this.endpointReads = new RepeatedRead(() -> read(usable.read().onSuccess(read -> endpoints = read)));
        deployments.onWritten((before, after) -> take(after));
        sources.nodes().onChange(() -> {
            if (served.lacksAddresses()) {
                publish();
            }
        });
    }

    /** Calls back with each configuration that differs from the one before; on any thread, must not block. */
    public void onChange(Consumer<GatewayConfig> listener) {
        published.onChange(listener);
    }

    /** As it was published last. */
    public GatewayConfig config() {
        return published.config();
    }

    /** Whether a call may name it; what is only stopped counts. */
    public boolean knows(String name) {
        return published.knows(name);
    }

    /** As {@link #knows}; where it is not, the records are read first: it may just have been made. */
    public Future<Boolean> knowsNow(String name) {
        if (knows(name)) {
            return Future.succeededFuture(true);
        }
        return run().compose(read -> publish()).map(published -> knows(name));
    }

    /** Succeeds when gateways here know what deployments were before the call, as far as this controller wrote them. */
    public Future<Void> knowDeployments() {
        return publish();
    }

    /** Succeeds when they know what aliases were before the call. Fails when these cannot be read. */
    public Future<Void> knowAliases() {
        return aliasReads.run().compose(read -> publish());
    }

    /** Succeeds when they know what endpoints and the secrets of these were before the call. Fails when these cannot be read. */
    public Future<Void> knowEndpoints() {
        return endpointReads.run().compose(read -> publish());
    }

    /** Succeeds when they know which versions the aliases of models meant before the call. Fails when these cannot be read. */
    public Future<Void> knowModels() {
        return Future.join(served.modelIds().stream().map(this::readModel).toList())
                .compose(read -> publish());
    }

    /** Tokens of one sequence of the model of this name: the fewest of what may take a call. 0: not known of any. */
    public int context(String name) {
        return published.context(name);
    }

    /** What names lead to now. */
    public ResolvedModels resolved() {
        return published.resolved();
    }

    /** Why an endpoint cannot be used, by its name. */
    public Map<String, String> troubles() {
        return endpoints.troubles();
    }

    /** Sets who may call, as proxies are told it. */
    public void callers(List<GatewayConfig.Key> who, List<GatewayConfig.Team> are) {
        keys = List.copyOf(who);
        teams = List.copyOf(are);
        publish();
    }

    /** Reads all there is, and follows the changes from then on. What cannot be read waits for the sweep. */
    public Future<Void> start(Vertx vertx, DocumentStore store) {
        tail = new ChangeTail(
                vertx,
                store,
                Set.of(DEPLOYMENTS, MODELS, ALIASES, ENDPOINTS, SECRETS),
                this::changed,
                () -> run().onFailure(cause -> failed("deployments", cause)));
        tail.want(ALWAYS);
        return run().onFailure(cause -> failed("all", cause)).otherwiseEmpty();
    }

    /** Follows no changes any more. Before the store is closed. */
    public void close() {
        if (tail != null) {
            tail.want(Duration.ZERO);
        }
    }

    /** A sweep: reads everything again. */
    public Future<Void> run() {
        Set<String> before = served.ids();
        return readDeployments(Query.all().limit(PAGE), new HashSet<>())
                .compose(found -> {
                    before.stream().filter(id -> !found.contains(id)).forEach(id -> served.gone(id, Long.MAX_VALUE));
                    served.keepAliasesOf(served.modelIds());
                    // a record that cannot be read keeps its own away, and nothing else
                    return Future.join(served.modelIds().stream()
                            .map(id -> readModel(id).otherwiseEmpty())
                            .toList());
                })
                .compose(read -> Future.join(aliasReads.run(), endpointReads.run()))
                .mapEmpty();
    }

    private Future<Set<String>> readDeployments(Query query, Set<String> found) {
        return deployments.find(query).compose(page -> {
            page.items().forEach(one -> {
                found.add(one.id());
                take(one);
            });
            found.addAll(page.unreadable());
            return page.nextCursor() == null
                    ? Future.succeededFuture(found)
                    : readDeployments(query.after(page.nextCursor()), found);
        });
    }

    private void take(Deployment deployment) {
        ServedDeployment taken = served.take(deployment);
        if (taken != null && taken.modelId() != null && served.wantsAliases(taken.modelId())) {
            readModel(taken.modelId()).onComplete(read -> publish());
        }
        publish();
    }

    private Future<Void> readModel(String id) {
        return models.get(id)
                .onSuccess(found -> served.aliases(id, found.aliases(), found.version()))
                .<Void>mapEmpty()
                .recover(cause -> {
                    if (Failure.of(cause).kind == Failure.Kind.NOT_FOUND) {
                        served.aliases(id, Map.of(), Long.MAX_VALUE);
                        return Future.succeededFuture();
                    }
                    served.forgetAliases(id);
                    failed("model " + id, cause);
                    return Future.failedFuture(cause);
                });
    }

    private Future<Void> read(Future<?> reading) {
        return reading.onFailure(cause -> failed("aliases and endpoints", cause))
                .onComplete(done -> publish())
                .mapEmpty();
    }

    private void changed(Change change) {
        String id = change.id();
        if (change.collection().equals(DEPLOYMENTS)) {
            deployment(change);
        } else if (change.collection().equals(ALIASES)) {
            aliasReads.run();
        } else if (!change.collection().equals(MODELS)) {
            endpointReads.run();
        } else if (served.knowsAliases(id)) {
            readModel(id).onComplete(read -> publish());
        }
    }

    private void deployment(Change change) {
        if (change.deleted()) {
            served.gone(change.id(), change.version());
            publish();
        } else if (!served.has(change.id(), change.version())) {
            deployments.get(change.id()).onSuccess(this::take).onFailure(cause -> {
                if (Failure.of(cause).kind == Failure.Kind.NOT_FOUND) {
                    served.gone(change.id(), Long.MAX_VALUE);
                    publish();
                } else {
                    failed("deployment " + change.id(), cause);
                }
            });
        }
    }

    private static void failed(String what, Throwable cause) {
        FAILURES.failed("the gateway's view of " + what + " waits for the sweep", cause.getMessage());
    }

    private Future<Void> publish() {
        return publishing.run();
    }

    private void publishNow() {
        published.publish(new GatewayConfig(
                Math.max(published.config().revision() + 1, clock.millis()),
                served.build(),
                endpoints.usable(),
                named.stream().map(NamedAlias::asAlias).toList(),
                keys,
                teams));
    }
}

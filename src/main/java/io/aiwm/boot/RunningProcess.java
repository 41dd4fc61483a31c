package io.aiwm.boot;

import io.aiwm.protocol.seal.ControllerSeal;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One started process: its Vert.x instance, its apps, their verticles; stopped in the reverse order. */
public final class RunningProcess {
    private static final Logger LOG = LoggerFactory.getLogger(RunningProcess.class);

    private final Vertx vertx;
    private final Duration stopLimit;
    private final List<App> apps;
    private VerticlePlan.Deployed verticles;
    private List<String> missing = List.of();

    private RunningProcess(Vertx vertx, Duration stopLimit, List<App> apps) {
        this.vertx = vertx;
        this.stopLimit = stopLimit;
        this.apps = apps;
    }

    /**
     * Joins the cluster, prepares the apps, deploys the verticles. When any of it fails, what had started is stopped
     * and the future fails with the reason.
     *
     * @param secrets of a controller; null for a worker
     * @param compose the apps of this process, in start order
     */
    public static Future<RunningProcess> start(
            Config config, Secrets secrets, VerticlePlan.Source plan, Function<Vertx, List<App>> compose) {
        ClusterKey key;
        try {
            key = config.cluster().enabled() ? ClusterKey.open(config, secrets) : null;
        } catch (StartFailure refused) {
            return Future.failedFuture(refused);
        }
        return Cluster.start(config.cluster(), key, new VertxOptions()).compose(vertx -> {
            if (secrets != null) {
                new ControllerSeal(secrets.jwtKey().getBytes(StandardCharsets.UTF_8), InstantSource.system())
                        .install(vertx);
            }
            var apps = new ArrayList<App>();
            var running = new RunningProcess(vertx, config.shutdownTimeout(), apps);
            return Future.succeededFuture()
                    .compose(ok -> {
                        apps.addAll(compose.apply(vertx));
                        return running.startApps(config, plan);
                    })
                    .recover(cause -> running.stop().transform(stopped -> Future.failedFuture(cause)));
        });
    }

    private Future<RunningProcess> startApps(Config config, VerticlePlan.Source source) {
        Map<String, Supplier<Deployable>> catalog = new HashMap<>();
        apps.forEach(app -> catalog.putAll(app.verticles()));
        VerticlePlan plan = VerticlePlan.read(source, config.mode(), catalog.keySet());
        missing = plan.missing(config.mode());
        if (!missing.isEmpty()) {
            LOG.warn("{} leaves out {}: what they do is not done here", source.name(), String.join(", ", missing));
        }
        Future<Void> prepared = Future.succeededFuture();
        for (App app : apps) {
            prepared = prepared.compose(ok -> app.prepare());
        }
        return prepared.compose(ok -> plan.deploy(vertx, catalog)).map(deployed -> {
            verticles = deployed;
            return this;
        });
    }

    /** Returns the verticles of this mode that the plan leaves out. */
    public List<String> missing() {
        return missing;
    }

    /** Returns {@link App#ready} of all apps together. */
    public Future<Void> ready() {
        return Future.all(apps.stream().map(App::ready).toList()).mapEmpty();
    }

    public Vertx vertx() {
        return vertx;
    }

    /**
     * Stops in this order: no longer ready, undeploys the verticles, closes the apps, leaves the cluster. Each step has its share
     * of the time, and a failure does not keep the next step from running.
     */
    public Future<Void> stop() {
        apps.forEach(App::stopping);
        Future<Void> done = limited("verticles", verticles == null ? Future.succeededFuture() : verticles.undeploy());
        for (int last = apps.size() - 1; last >= 0; last--) {
            App app = apps.get(last);
            done = done.eventually(() -> limited(app.getClass().getSimpleName(), app.close()));
        }
        return done.eventually(vertx::close).otherwiseEmpty();
    }

    private Future<Void> limited(String what, Future<Void> step) {
        long share = Math.max(1, stopLimit.toMillis() / (apps.size() + 2));
        return step.timeout(share, TimeUnit.MILLISECONDS)
                .onFailure(cause -> LOG.warn("{} did not stop cleanly: {}", what, String.valueOf(cause.getMessage())))
                .otherwiseEmpty();
    }
}

package io.aiwm.worker.model;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ModelCommand;
import io.aiwm.protocol.NodeModel;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.CommandHandler;
import io.aiwm.worker.container.ModelVolumes;
import io.aiwm.worker.link.PeerServing;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemTrustOptions;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code model.download}, {@code model.cache} and {@code model.delete}: models as files under the worker's directory.
 * Data is a {@link ModelCommand}; download and cache both see to it that the model is here (without a source they only
 * look, or wait for the one that comes). Output {@code {name, version, path, sizeBytes, sha256, cached, source}}.
 */
public final class ModelHandlers implements ModelVolumes, PeerServing {
    private static final Logger log = LoggerFactory.getLogger(ModelHandlers.class);
    private static final int CONNECT_MS = 10_000;
    private static final int SILENCE_S = 60;

    private final ModelCache cache;
    private final PeerServer peers;
    private final DownloadHosts hosts;
    private final Supplier<Future<Map<String, Set<String>>>> users;
    private volatile Consumer<List<NodeModel>> listener = all -> {};
    private Future<?> reading;

    /**
     * @param controller where this worker reaches it; null: not known
     * @param users names of the containers that have each model, by {@code name} or {@code name@version}
     */
    public ModelHandlers(
            Vertx vertx,
            Path folder,
            Config.Policy policy,
            Config.ModelCache settings,
            ControllerAddress controller,
            Supplier<Future<Map<String, Set<String>>>> users) {
        this.users = users;
        var contents = new ContentFiles(folder);
        hosts = new DownloadHosts(vertx, policy.allowedDownloadHosts(), controller == null ? null : controller.url());
        this.cache = new ModelCache(
                new Fetch.Tools(
                        vertx,
                        client(vertx, null),
                        client(vertx, controller == null ? null : controller.authorities()),
                        hosts,
                        contents),
                new ModelTrees(folder, contents),
                new CacheLimit(settings.cacheBytes()),
                users);
        this.peers = new PeerServer(vertx, contents, cache, settings, InstantSource.system());
        this.reading = cache.recover()
                .onFailure(cause -> log.warn("the model cache cannot be tidied up: {}", cause.toString()));
    }

    private static HttpClient client(Vertx vertx, Path authorities) {
        var options = new HttpClientOptions().setConnectTimeout(CONNECT_MS).setReadIdleTimeout(SILENCE_S);
        if (authorities != null) {
            options.setTrustOptions(new PemTrustOptions().addCertPath(authorities.toString()));
        }
        return vertx.createHttpClient(options);
    }

    public List<CommandHandler> all() {
        return List.of(
                handler(CommandNames.MODEL_DOWNLOAD, this::ensure),
                handler(CommandNames.MODEL_CACHE, this::ensure),
                handler(CommandNames.MODEL_DELETE, this::delete));
    }

    /** What serves them to other workers. */
    public PeerServer peers() {
        return peers;
    }

    @Override
    public String url() {
        return peers.url();
    }

    @Override
    public void key(String base64) {
        peers.key(base64);
    }

    @Override
    public void objects(String url) {
        hosts.objectsAt(url);
    }

    /** Calls back with all the models here whenever they were read: after each that came or went. Must not block. */
    public void onHeld(Consumer<List<NodeModel>> listener) {
        this.listener = listener;
    }

    /** Reads the models from the disk. Readings run one after the other, so that the newest is reported last. */
    public synchronized Future<List<NodeModel>> held() {
        Future<List<NodeModel>> mine = reading.transform(before -> cache.all())
                .compose(all -> users.get()
                        .otherwise(Map.of())
                        .map(used -> NodeModel.bounded(all.stream()
                                .sorted(Comparator.comparing(CachedModel::lastUsedAt)
                                        .reversed())
                                .limit(NodeModel.MOST)
                                .map(held -> held.reported(used.containsKey(held.ref())))
                                .toList())))
                .map(all -> {
                    listener.accept(all);
                    return all;
                });
        reading = mine;
        return mine;
    }

    /** Succeeds when it was told what is here now; that it cannot be read is no fault of the command's. */
    private <T> Future<T> told(T output) {
        return held().transform(read -> {
            if (read.failed()) {
                log.warn(
                        "the models of this worker cannot be listed: {}",
                        read.cause().toString());
            }
            return Future.succeededFuture(output);
        });
    }

    private Future<JsonObject> ensure(Command command) {
        return cache.ensure(hosts.placed(ModelOrder.of(command.data())), command)
                .compose(lease -> {
                    lease.release().run();
                    return told(cache.output(lease));
                });
    }

    @Override
    public Future<Provided> provide(List<ModelCommand> models, Command command) {
        Future<List<ModelCache.Lease>> all = Future.succeededFuture(new ArrayList<>());
        for (ModelCommand model : models) {
            all = all.compose(before -> one(model, command)
                    .map(lease -> {
                        before.add(lease);
                        return before;
                    })
                    .onFailure(cause -> before.forEach(lease -> lease.release().run())));
        }
        return all.compose(leases -> told(new Provided(
                leases.stream().map(lease -> lease.model().path().toString()).toList(),
                () -> leases.forEach(lease -> lease.release().run()))));
    }

    private Future<ModelCache.Lease> one(ModelCommand model, Command command) {
        try {
            return cache.ensure(hosts.placed(ModelOrder.of(model)), command);
        } catch (CommandFailure refused) {
            return Future.failedFuture(refused);
        }
    }

    private Future<JsonObject> delete(Command command) {
        ModelCommand said = Json.decode(command.data(), ModelCommand.class);
        String name = ModelOrder.name(said);
        String version = said.version() == null ? null : NodeModel.nameOf(said.version());
        if (said.version() != null && version == null) {
            throw new CommandFailure(ErrorCategory.INVALID, "data.version is not the name of a version");
        }
        return cache.delete(name, version)
                .compose(deleted -> told(new JsonObject().put("name", name).put("deleted", deleted)));
    }

    private static CommandHandler handler(String name, Function<Command, Future<JsonObject>> work) {
        return new CommandHandler() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Future<JsonObject> run(Command command) {
                try {
                    return work.apply(command);
                } catch (CommandFailure refused) {
                    return Future.failedFuture(refused);
                } catch (Failure unreadable) {
                    return Future.failedFuture(
                            new CommandFailure(ErrorCategory.INVALID, "data: " + unreadable.getMessage()));
                }
            }
        };
    }
}

package io.aiwm.worker.model;

import io.aiwm.boot.Config;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.NodeModel;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.CommandHandler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code model.download}, {@code model.cache} and {@code model.delete}: models as files under the worker's directory.
 * Data {@code {name | id, url, sha256, authorization}}; download and cache both see to it that the model is here (cache
 * without a URL only looks). Output {@code {name, path, sizeBytes, sha256, cached}}. Commands for one model take turns.
 */
public final class ModelHandlers {
    private static final Logger log = LoggerFactory.getLogger(ModelHandlers.class);
    private static final int CONNECT_MS = 10_000;
    private static final int SILENCE_S = 60;

    private final Vertx vertx;
    private final ModelFiles files;
    private final DownloadHosts hosts;
    private final HttpClient client;
    private final Map<String, Future<?>> turns = new HashMap<>();
    private volatile Consumer<List<NodeModel>> listener = all -> {};
    private Future<?> reading = Future.succeededFuture();

    public ModelHandlers(Vertx vertx, Path folder, Config.Policy policy) {
        this.vertx = vertx;
        this.files = new ModelFiles(folder);
        this.hosts = new DownloadHosts(vertx, policy.allowedDownloadHosts());
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout(CONNECT_MS).setReadIdleTimeout(SILENCE_S));
    }

    public List<CommandHandler> all() {
        return List.of(
                handler(CommandNames.MODEL_DOWNLOAD, this::ensure),
                handler(CommandNames.MODEL_CACHE, this::ensure),
                handler(CommandNames.MODEL_DELETE, this::delete));
    }

    /** Calls back with all the models here whenever they were read: after each that came or went. Must not block. */
    public void onHeld(Consumer<List<NodeModel>> listener) {
        this.listener = listener;
    }

    /** Reads the models from the disk. Readings run one after the other, so that the newest is reported last. */
    public synchronized Future<List<NodeModel>> held() {
        Future<List<NodeModel>> mine = reading.transform(before -> vertx.executeBlocking(files::held, false))
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
        var data = command.data();
        String url = data.getString("url");
        String name = ModelFiles.fileName(nameOf(data, url));
        String sha256 = data.getString("sha256");
        if (sha256 != null && !Sha256.isHex(sha256)) {
            throw new CommandFailure(ErrorCategory.INVALID, "data.sha256 must be 64 hexadecimal digits");
        }
        URI source = url == null ? null : DownloadHosts.url(url);
        return inTurn(
                name,
                () -> vertx.executeBlocking(() -> files.find(name), false).compose(here -> {
                    if (here != null && fits(here, url, sha256)) {
                        return Future.succeededFuture(output(name, here, true));
                    }
                    if (source == null) {
                        return Future.failedFuture(new CommandFailure(
                                ErrorCategory.NOT_FOUND,
                                "model " + name + " is not on this node and data.url says not where it is"));
                    }
                    var from = new Fetch.Source(source, data.getString("authorization"), sha256 != null);
                    return new Fetch(vertx, client, hosts, files, command, name, from)
                            .run()
                            .compose(whole ->
                                    vertx.executeBlocking(() -> files.complete(name, source.toString(), sha256), false))
                            .compose(info -> told(output(name, info, false)));
                }));
    }

    private Future<JsonObject> delete(Command command) {
        String name = ModelFiles.fileName(nameOf(command.data(), null));
        return inTurn(
                name,
                () -> vertx.executeBlocking(() -> files.delete(name), false)
                        .compose(deleted ->
                                told(new JsonObject().put("name", name).put("deleted", deleted))));
    }

    private static boolean fits(ModelFiles.Info here, String url, String sha256) {
        if (sha256 != null) {
            return sha256.equalsIgnoreCase(here.sha256());
        }
        return url == null || url.strip().equals(here.url());
    }

    private static String nameOf(JsonObject data, String url) {
        return NodeModel.nameOf(data.getString("name"), data.getString("id"), url);
    }

    private JsonObject output(String name, ModelFiles.Info info, boolean cached) {
        return new JsonObject()
                .put("name", name)
                .put("path", files.file(name).toString())
                .put("sizeBytes", info.sizeBytes())
                .put("sha256", info.sha256())
                .put("cached", cached);
    }

    private synchronized Future<JsonObject> inTurn(String name, Supplier<Future<JsonObject>> work) {
        Future<?> before = turns.getOrDefault(name, Future.succeededFuture());
        Future<JsonObject> mine = before.transform(whatever -> work.get());
        turns.put(name, mine);
        mine.onComplete(done -> left(name, mine));
        return mine;
    }

    private synchronized void left(String name, Future<?> mine) {
        turns.remove(name, mine);
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
                } catch (ClassCastException cause) {
                    return Future.failedFuture(new CommandFailure(
                            ErrorCategory.INVALID, "name, id, url, sha256 and authorization must be texts"));
                }
            }
        };
    }
}

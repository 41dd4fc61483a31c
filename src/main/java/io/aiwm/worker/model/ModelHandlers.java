package io.aiwm.worker.model;

import io.aiwm.boot.Config;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ErrorCategory;
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
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * {@code model.download}, {@code model.cache} and {@code model.delete}: models as files under the worker's directory.
 * Data {@code {name | id, url, sha256, authorization}}; download and cache both see to it that the model is here (cache
 * without a URL only looks). Output {@code {name, path, sizeBytes, sha256, cached}}. Commands for one model take turns.
 */
public final class ModelHandlers {
    private static final int CONNECT_MS = 10_000;
    private static final int SILENCE_S = 60;

    private final Vertx vertx;
    private final ModelFiles files;
    private final DownloadHosts hosts;
    private final HttpClient client;
    private final Map<String, Future<?>> turns = new HashMap<>();

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

    private Future<JsonObject> ensure(Command command) {
        var data = command.data();
        String url = data.getString("url");
        String name = ModelFiles.fileName(nameOf(data, url));
        String sha256 = data.getString("sha256");
        if (sha256 != null && !sha256.matches("[0-9a-fA-F]{64}")) {
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
                    return new Fetch(
                                    vertx,
                                    client,
                                    hosts,
                                    files,
                                    command,
                                    name,
                                    source,
                                    data.getString("authorization"),
                                    sha256 != null)
                            .run()
                            .compose(whole ->
                                    vertx.executeBlocking(() -> files.complete(name, source.toString(), sha256), false))
                            .map(info -> output(name, info, false));
                }));
    }

    private Future<JsonObject> delete(Command command) {
        String name = ModelFiles.fileName(nameOf(command.data(), null));
        return inTurn(
                name,
                () -> vertx.executeBlocking(() -> files.delete(name), false)
                        .map(deleted -> new JsonObject().put("name", name).put("deleted", deleted)));
    }

    private static boolean fits(ModelFiles.Info here, String url, String sha256) {
        if (sha256 != null) {
            return sha256.equalsIgnoreCase(here.sha256());
        }
        return url == null || url.strip().equals(here.url());
    }

    private static String nameOf(JsonObject data, String url) {
        String name = data.getString("name", data.getString("id"));
        if (name == null && url != null) {
            String path = url.replaceAll("[?#].*$", "");
            name = path.substring(path.lastIndexOf('/') + 1);
        }
        return name;
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

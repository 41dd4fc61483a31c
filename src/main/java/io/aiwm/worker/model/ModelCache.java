package io.aiwm.worker.model;

import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.ModelFile;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The models of this node: brings them here once however many ask, keeps them within the limit, and deletes them. A model is
 * visible when all of it is here and verified.
 */
final class ModelCache {
    private final Vertx vertx;
    private final ContentFiles contents;
    private final ModelTrees trees;
    private final ModelRoom room;
    private final Pulls pulls;
    private final Holds holds;
    private final ModelDeletion deletion;
    private final KeyedQueue publishing = new KeyedQueue();
    /** What is being brought here, so that others may wait for it. */
    private final Map<String, Future<?>> coming = new HashMap<>();

    ModelCache(
            Fetch.Tools tools, ModelTrees trees, CacheLimit limit, Supplier<Future<Map<String, Set<String>>>> users) {
        this.vertx = tools.vertx();
        this.contents = tools.contents();
        this.trees = trees;
        this.holds = new Holds();
        this.room = new ModelRoom(vertx, contents, trees, limit, holds, users);
        this.pulls = new Pulls(tools, room, holds);
        this.deletion = new ModelDeletion(vertx, contents, trees, room, holds, users, this::settled);
    }

    /** A model that is here and stays until it is released. */
    record Lease(CachedModel model, boolean cached, String source, Runnable release) {}

    /** Sees to it that the model is here. Fails with {@code not-found}, {@code conflict} and as downloads fail. */
    Future<Lease> ensure(ModelOrder order, Command command) {
        Set<String> needed = new HashSet<>(Set.of(order.ref()));
        order.files().stream()
                .map(ModelOrder.Content::sha256)
                .filter(s -> s != null)
                .forEach(needed::add);
        Runnable release = () -> room.alone(() -> {
            needed.forEach(holds::release);
            return Future.succeededFuture();
        });
        return room.alone(() -> {
                    needed.forEach(holds::take);
                    return find(order);
                })
                .compose(here -> here != null ? used(order, here) : brought(order, command))
                .map(got -> new Lease(got.model, got.cached, got.source, release))
                .onFailure(cause -> release.run());
    }

    private record Got(CachedModel model, boolean cached, String source) {}

    private Future<CachedModel> find(ModelOrder order) {
        return vertx.executeBlocking(() -> fitting(order), false);
    }

    /** Null when it is not here. Fails with {@code conflict} when the version is here with other contents. */
    private CachedModel fitting(ModelOrder order) throws IOException {
        CachedModel here = trees.find(order.name(), order.version());
        if (here == null || fits(here, order)) {
            return here;
        }
        if (order.version() != null) {
            throw new CommandFailure(
                    ErrorCategory.CONFLICT,
                    "model " + order.ref() + " is on this node with other contents (sha256 " + here.sha256()
                            + "); a version never changes");
        }
        return null;
    }

    private static boolean fits(CachedModel here, ModelOrder order) {
        if (order.digest() != null || order.files().isEmpty()) {
            return order.digest() == null || order.digest().equalsIgnoreCase(here.sha256());
        }
        return order.files().get(0).sources().stream()
                .anyMatch(source -> source.url().toString().equals(here.url()));
    }

    private Future<Got> used(ModelOrder order, CachedModel here) {
        return vertx.executeBlocking(() -> new Got(touched(order, here), true, null), false);
    }

    private CachedModel touched(ModelOrder order, CachedModel here) throws IOException {
        if (order.pinned() != null && order.pinned() != here.pinned()) {
            trees.pin(here, order.pinned());
        }
        trees.used(order.name(), order.version(), Instant.now());
        return trees.find(order.name(), order.version());
    }

    private Future<Got> brought(ModelOrder order, Command command) {
        Future<Got> mine;
        Future<?> other = coming(order.ref());
        if (!order.files().isEmpty()) {
            mine = pulled(order, command);
        } else if (other == null) {
            mine = Future.failedFuture(new CommandFailure(
                    ErrorCategory.NOT_FOUND,
                    "model " + order.ref() + " is not on this node and data.url says not where it is"));
        } else {
            return cancellable(other, command)
                    .compose(done -> find(order))
                    .compose(here -> here != null
                            ? used(order, here)
                            : Future.failedFuture(new CommandFailure(
                                    ErrorCategory.NOT_FOUND, "model " + order.ref() + " did not come to this node")));
        }
        remember(order.ref(), mine);
        return mine;
    }

    private static Future<?> cancellable(Future<?> wait, Command command) {
        return Future.any(wait.transform(done -> Future.succeededFuture()), command.cancelled())
                .compose(first -> command.cancelled().isComplete()
                        ? Future.failedFuture(new CommandFailure(ErrorCategory.CONFLICT, "cancelled"))
                        : Future.succeededFuture());
    }

    private synchronized Future<?> coming(String ref) {
        return coming.get(ref);
    }

    private synchronized void remember(String ref, Future<?> what) {
        coming.put(ref, what);
        what.onComplete(done -> {
            synchronized (this) {
                coming.remove(ref, what);
            }
        });
    }

    private Future<Got> pulled(ModelOrder order, Command command) {
        var progress = new ModelProgress(order, command);
        Future<List<Pull.Result>> all = Future.succeededFuture(new ArrayList<>());
        for (ModelOrder.Content content : order.files()) {
            all = all.compose(before -> bring(order, content, command, progress).map(result -> {
                before.add(result);
                return before;
            }));
        }
        return all.compose(results ->
                publishing.take(order.ref(), () -> vertx.executeBlocking(() -> published(order, results), false)));
    }

    private Future<Pull.Result> bring(
            ModelOrder order, ModelOrder.Content content, Command command, ModelProgress progress) {
        return vertx.executeBlocking(() -> content.sha256() != null && contents.has(content.sha256()), false)
                .compose(here -> {
                    if (here) {
                        return Future.succeededFuture(new Pull.Result(content.sha256(), null));
                    }
                    if (command.cancelled().isComplete()) {
                        return Future.failedFuture(new CommandFailure(ErrorCategory.CONFLICT, "cancelled"));
                    }
                    return content.sources().isEmpty() && !pulls.isUnderWay(content.sha256())
                            ? Future.failedFuture(new CommandFailure(
                                    ErrorCategory.NOT_FOUND,
                                    "model " + order.ref() + " is not on this node and data.url says not where it is"))
                            : pulls.bring(order.ref(), content, command, bytes -> progress.here(content, bytes));
                })
                .onSuccess(result -> progress.whole(content));
    }

    private Got published(ModelOrder order, List<Pull.Result> results) throws IOException {
        String source = results.stream()
                .map(Pull.Result::source)
                .filter(kind -> kind != null)
                .map(Enum::name)
                .findFirst()
                .orElse(null);
        CachedModel here = fitting(order);
        if (here != null) {
            return new Got(touched(order, here), source == null, source);
        }
        if (order.version() != null) {
            var files = new ArrayList<ModelFile>();
            for (ModelOrder.Content file : order.files()) {
                long size = contents.blob(file.sha256()).toFile().length();
                files.add(new ModelFile(file.path(), file.sha256(), size, null));
            }
            var manifest = new ModelTrees.Manifest(files, Boolean.TRUE.equals(order.pinned()) ? true : null);
            return new Got(trees.publish(order.name(), order.version(), manifest), source == null, source);
        }
        CachedModel before = trees.find(order.name(), null);
        ModelOrder.Content content = order.files().get(0);
        String sha256 = results.get(0).sha256();
        List<ModelOrder.Source> sources = content.sources();
        URI url = sources.isEmpty() ? null : sources.get(sources.size() - 1).url();
        var info = new ModelTrees.Info(
                url == null ? null : content.sha256() == null ? url.toString() : withoutQuery(url),
                sha256,
                contents.blob(sha256).toFile().length(),
                Boolean.TRUE.equals(order.pinned()) ? true : null);
        CachedModel made = trees.publish(order.name(), info);
        if (before != null) {
            room.sweep(before.contents().keySet());
        }
        return new Got(made, source == null, source);
    }

    /** A query may be a signature, which is a secret. */
    private static String withoutQuery(URI url) {
        return url.getRawQuery() == null
                ? url.toString()
                : url.toString().substring(0, url.toString().indexOf('?'));
    }

    /** Whether there was anything. Fails with {@code conflict} naming the containers that have it. @param version null: all */
    Future<Boolean> delete(String name, String version) {
        return deletion.delete(name, version);
    }

    /** Completes when what is being brought here under these refs has come, or has failed. */
    private Future<Void> settled(Predicate<String> refs) {
        List<Future<?>> all;
        synchronized (this) {
            all = coming.entrySet().stream()
                    .filter(one -> refs.test(one.getKey()))
                    .<Future<?>>map(one -> one.getValue().transform(done -> Future.succeededFuture()))
                    .toList();
        }
        return Future.join(all).mapEmpty();
    }

    /** Takes in what a version before left, and removes what a crash left. */
    Future<Void> recover() {
        return room.alone(() -> vertx.executeBlocking(
                () -> {
                    trees.recover();
                    return null;
                },
                false));
    }

    Future<List<CachedModel>> all() {
        return vertx.executeBlocking(trees::all, false);
    }

    boolean isComing(String sha256) {
        return pulls.isUnderWay(sha256);
    }

    JsonObject output(Lease lease) {
        CachedModel model = lease.model();
        var output = new JsonObject()
                .put("name", model.name())
                .put("path", model.path().toString())
                .put("sizeBytes", model.sizeBytes())
                .put("sha256", model.sha256())
                .put("cached", lease.cached());
        if (model.version() != null) {
            output.put("version", model.version());
        }
        return lease.source() == null ? output : output.put("source", lease.source());
    }
}

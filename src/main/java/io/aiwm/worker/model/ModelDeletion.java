package io.aiwm.worker.model;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Takes models away, with the contents that no other has. */
final class ModelDeletion {
    private final Vertx vertx;
    private final ContentFiles contents;
    private final ModelTrees trees;
    private final ModelRoom room;
    private final Holds holds;
    private final Supplier<Future<Map<String, Set<String>>>> users;
    private final Function<Predicate<String>, Future<Void>> settled;

    /** @param settled waits for what is being brought here under such refs */
    ModelDeletion(
            Vertx vertx,
            ContentFiles contents,
            ModelTrees trees,
            ModelRoom room,
            Holds holds,
            Supplier<Future<Map<String, Set<String>>>> users,
            Function<Predicate<String>, Future<Void>> settled) {
        this.vertx = vertx;
        this.contents = contents;
        this.trees = trees;
        this.room = room;
        this.holds = holds;
        this.users = users;
        this.settled = settled;
    }

    /** Whether there was anything. Fails with {@code conflict} naming the containers that have it. @param version null: all */
    Future<Boolean> delete(String name, String version) {
        Predicate<String> theirs = ref -> version != null
                ? ref.equals(CachedModel.ref(name, version))
                : ref.equals(name) || ref.startsWith(name + "@");
        return settled.apply(theirs)
                .compose(done -> room.alone(() ->
                        users.get().compose(used -> vertx.executeBlocking(() -> deleteNow(theirs, used), false))));
    }

    private boolean deleteNow(Predicate<String> theirs, Map<String, Set<String>> used) throws IOException {
        var found = trees.all().stream().filter(one -> theirs.test(one.ref())).toList();
        for (CachedModel model : found) {
            Set<String> by = used.getOrDefault(model.ref(), Set.of());
            if (!by.isEmpty() || holds.has(model.ref())) {
                String users = by.isEmpty() ? "a container that is being made" : String.join(", ", new TreeSet<>(by));
                throw new CommandFailure(
                        ErrorCategory.CONFLICT,
                        "model " + model.ref() + " is in use by " + users + "; delete these first");
            }
        }
        for (CachedModel model : found) {
            trees.delete(model.name(), model.version());
            room.sweep(model.contents().keySet());
        }
        boolean any = !found.isEmpty();
        for (ContentFiles.Half half : contents.halves()) {
            if (half.model() != null && theirs.test(half.model()) && !holds.has(".part " + half.key())) {
                contents.discard(half.key());
                any = true;
            }
        }
        return any;
    }
}

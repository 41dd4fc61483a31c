package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Future;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;

/**
 * The stores as a process sees them that dies at one of its writes: that write is done or not, and whatever the process asks
 * for afterwards fails and changes nothing.
 */
public final class Mortal {
    private static final Set<String> WRITES =
            Set.of("insert", "insertAll", "replaceIf", "delete", "deleteWhere", "put", "beginUpload");

    private final int at;
    private final boolean done;
    private int writes;
    private boolean dead;

    /** @param at the write that it dies at, from 0; @param done whether this write is still done */
    public Mortal(int at, boolean done) {
        this.at = at;
        this.done = done;
    }

    public boolean isDead() {
        return dead;
    }

    public DocumentStore of(DocumentStore store) {
        return proxy(DocumentStore.class, store);
    }

    public ObjectStore of(ObjectStore objects) {
        return proxy(ObjectStore.class, objects);
    }

    private <T> T proxy(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            boolean write = WRITES.contains(method.getName());
            boolean dies;
            synchronized (this) {
                if (dead && method.getReturnType() == Future.class) {
                    return Future.failedFuture(gone());
                }
                dies = write && writes++ == at;
                dead |= dies;
            }
            try {
                if (!dies) {
                    return method.invoke(real, args);
                }
                return done
                        ? ((Future<?>) method.invoke(real, args)).transform(result -> Future.failedFuture(gone()))
                        : Future.failedFuture(gone());
            } catch (InvocationTargetException cause) {
                throw cause.getCause();
            }
        }));
    }

    private static Failure gone() {
        return new Failure(Failure.Kind.UNAVAILABLE, "this process is dead");
    }
}

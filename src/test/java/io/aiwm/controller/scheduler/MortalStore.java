package io.aiwm.controller.scheduler;

import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;

/**
 * A store as one controller has it: knows when nothing is under way any more, and can end the controller as kill -9 would,
 * right after a write that it then never hears of.
 */
final class MortalStore {
    private static final Set<String> WRITES = Set.of("insert", "insertAll", "replaceIf", "delete", "deleteWhere");

    private final DocumentStore store;
    private int pending;
    private int writesLeft = Integer.MAX_VALUE;

    MortalStore(DocumentStore store) {
        this.store = store;
    }

    DocumentStore open() {
        InvocationHandler pass = (proxy, method, arguments) -> {
            synchronized (this) {
                if (writesLeft <= 0) {
                    return Promise.promise().future(); // the dead hear nothing
                }
                if (WRITES.contains(method.getName())) {
                    writesLeft--;
                }
                pending++;
            }
            Future<?> answer;
            try {
                answer = (Future<?>) method.invoke(store, arguments);
            } catch (InvocationTargetException cause) {
                throw cause.getCause();
            }
            Promise<Object> heard = Promise.promise();
            // whatever follows from the answer has begun when this no longer counts as pending
            answer.onComplete(done -> {
                try {
                    if (!isDead()) {
                        if (done.succeeded()) {
                            heard.complete(done.result());
                        } else {
                            heard.fail(done.cause());
                        }
                    }
                } finally {
                    synchronized (this) {
                        pending--;
                        notifyAll();
                    }
                }
            });
            return heard.future();
        };
        return (DocumentStore) Proxy.newProxyInstance(
                DocumentStore.class.getClassLoader(), new Class<?>[] {DocumentStore.class}, pass);
    }

    /** Waits until nothing is asked of the store any more. */
    synchronized void awaitQuiet() throws InterruptedException {
        long until = System.nanoTime() + 20_000_000_000L;
        while (pending > 0) {
            long left = (until - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError(pending + " calls of the store without an answer");
            }
            wait(left);
        }
    }

    /** After so many further writes, the last of which is done, this controller does and hears nothing more. */
    synchronized void dieAfter(int writes) {
        writesLeft = writes;
    }

    synchronized boolean isDead() {
        return writesLeft <= 0;
    }
}

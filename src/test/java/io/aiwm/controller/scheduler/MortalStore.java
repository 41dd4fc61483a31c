package io.aiwm.controller.scheduler;

import io.aiwm.controller.store.DocumentStore;
import io.aiwm.testing.SeededOrder;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A store as one controller has it: what it asks arrives, and the answer comes back, when the seeded order says; and it
 * can end the controller as kill -9 would, right after a write that it then never hears of.
 */
final class MortalStore {
    private static final Set<String> WRITES = Set.of("insert", "insertAll", "replaceIf", "delete", "deleteWhere");

    private final DocumentStore store;
    private final SharedRecords records;
    private final SeededOrder order;
    private final Consumer<Supplier<String>> trace;
    private int writesLeft = Integer.MAX_VALUE;

    /**
     * @param store that answers at once
     * @param records what its documents say; shared by all who have that store
     * @param trace hears of everything that is done
     */
    MortalStore(DocumentStore store, SharedRecords records, SeededOrder order, Consumer<Supplier<String>> trace) {
        this.records = records;
        this.trace = trace;
        this.store = store;
        this.order = order;
    }

    DocumentStore open() {
        InvocationHandler pass = (proxy, method, arguments) -> {
            if ("encode".equals(method.getName())) {
                return records.encode((String) arguments[1], (long) arguments[2], arguments[3]);
            }
            if ("decode".equals(method.getName())) {
                return records.decode((DocumentStore.Document) arguments[0], (Class<?>) arguments[1]);
            }
            if (method.getReturnType() != Future.class) {
                return method.invoke(store, arguments); // it answers at once, and nothing is read or written
            }
            Promise<Object> heard = Promise.promise();
            order.later(() -> {
                if (isDead()) {
                    return;
                }
                if (WRITES.contains(method.getName())) {
                    writesLeft--;
                }
                Future<?> answer;
                try {
                    answer = (Future<?>) method.invoke(store, arguments);
                } catch (IllegalAccessException | InvocationTargetException cause) {
                    throw new IllegalStateException(cause);
                }
                trace.accept(() -> method.getName() + Arrays.toString(arguments) + " -> " + answer);
                order.later(() -> {
                    if (isDead()) {
                        return; // the dead hear nothing
                    }
                    trace.accept(() -> "hears of " + method.getName() + Arrays.toString(arguments));
                    if (answer.succeeded()) {
                        heard.complete(answer.result());
                    } else {
                        heard.fail(answer.cause());
                    }
                });
            });
            return heard.future();
        };
        return (DocumentStore) Proxy.newProxyInstance(
                DocumentStore.class.getClassLoader(), new Class<?>[] {DocumentStore.class}, pass);
    }

    /** After so many further writes, the last of which is done, this controller does and hears nothing more. */
    void dieAfter(int writes) {
        writesLeft = writes;
    }

    boolean isDead() {
        return writesLeft <= 0;
    }
}

package io.aiwm.testing;

import io.aiwm.protocol.seal.ControllerSeal;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.SharedData;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** An event bus among several members of which each has a Vertx of its own. When a message comes the seeded order says. */
public final class SeededBus {
    private record Listener(String address, Handler<Message<Object>> handler, BooleanSupplier alive) {}

    private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final SeededOrder order;
    private final List<Listener> listeners = new ArrayList<>();

    public SeededBus(SeededOrder order) {
        this.order = order;
    }

    /**
     * What one member has of Vertx: the bus, and no more.
     *
     * @param alive whether it hears, and is heard, still
     * @param clustered whether there may be other members
     */
    public Vertx member(BooleanSupplier alive, boolean clustered) {
        var seal = new ControllerSeal(KEY, InstantSource.fixed(Instant.EPOCH));
        LocalMap<?, ?> installed = proxy(LocalMap.class, (self, method, arguments) -> seal);
        SharedData shared = proxy(SharedData.class, (self, method, arguments) -> installed);
        EventBus bus = proxy(EventBus.class, (self, method, arguments) -> switch (method.getName()) {
            case "publish" -> {
                if (alive.getAsBoolean()) {
                    publish((String) arguments[0], arguments[1]);
                }
                yield self;
            }
            case "consumer" -> consumer((String) arguments[0], arguments[1], alive);
            default -> throw new UnsupportedOperationException(method.getName());
        });
        return proxy(Vertx.class, (self, method, arguments) -> switch (method.getName()) {
            case "eventBus" -> bus;
            case "isClustered" -> clustered;
            case "sharedData" -> shared;
            default -> throw new UnsupportedOperationException(method.getName());
        });
    }

    private void publish(String address, Object body) {
        for (Listener listener : List.copyOf(listeners)) {
            if (listener.address.equals(address)) {
                Object copy = body instanceof JsonObject json ? json.copy() : body;
                order.later(() -> {
                    if (listener.alive.getAsBoolean()) {
                        listener.handler.handle(message(copy));
                    }
                });
            }
        }
    }

    @SuppressWarnings("unchecked")
    private Object consumer(String address, Object handler, BooleanSupplier alive) {
        listeners.add(new Listener(address, (Handler<Message<Object>>) handler, alive));
        return proxy(MessageConsumer.class, (self, method, arguments) -> switch (method.getName()) {
            case "completion" -> Future.succeededFuture();
            default -> throw new UnsupportedOperationException(method.getName());
        });
    }

    @SuppressWarnings("unchecked")
    private static Message<Object> message(Object body) {
        return proxy(Message.class, (self, method, arguments) -> switch (method.getName()) {
            case "body" -> body;
            default -> throw new UnsupportedOperationException(method.getName());
        });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}

package io.aiwm.testing;

import io.aiwm.boot.MemberForTests;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.internal.VertxInternal;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that has the cluster key and nothing else: no node token, no token key. It reads who listens where, listens in on
 * all of it, and says what it likes to whom it likes.
 */
public final class OverhearingMember implements AutoCloseable {
    /** @param body as it came: JSON or bytes */
    public record Heard(String address, Object body) {
        public byte[] bytes() {
            return body instanceof Buffer bytes
                    ? bytes.getBytes()
                    : String.valueOf(body).getBytes(StandardCharsets.UTF_8);
        }

        public boolean contains(String text) {
            return new String(bytes(), StandardCharsets.ISO_8859_1).contains(text);
        }
    }

    public static final String OWN_CODEC = "rogue";
    private static final String NO_HANDLERS = "nobody listens";
    private static final String TIMEOUT = "no answer";
    private static final long PATIENCE_MILLIS = 4_000;
    private final Vertx vertx;
    private final Map<String, MessageConsumer<Object>> consumers = new ConcurrentHashMap<>();
    public final Queue<Heard> heard = new ConcurrentLinkedQueue<>();

    public OverhearingMember(String cluster, int port, List<String> members, String key) {
        vertx = MemberForTests.join(cluster, port, members, key);
        vertx.eventBus().registerCodec(new OwnCodec());
    }

    /** Of messages that only this member can read. */
    private static final class OwnCodec implements MessageCodec<String, String> {
        @Override
        public void encodeToWire(Buffer buffer, String text) {
            buffer.appendString(text);
        }

        @Override
        public String decodeFromWire(int position, Buffer buffer) {
            return buffer.getString(position, buffer.length());
        }

        @Override
        public String transform(String text) {
            return text;
        }

        @Override
        public String name() {
            return OWN_CODEC;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }

    private HazelcastClusterManager manager() {
        return (HazelcastClusterManager) ((VertxInternal) vertx).clusterManager();
    }

    /** How many members its cluster has, itself included. */
    public int members() {
        return manager().getHazelcastInstance().getCluster().getMembers().size();
    }

    /** Every address of ours that somebody else listens on. */
    public List<String> subscriptions() {
        return manager().getHazelcastInstance().<String, Object>getMultiMap("__vertx.subs").keySet().stream()
                .filter(address -> address.startsWith("aiwm."))
                .toList();
    }

    /** The first address that begins and ends so. */
    public String subscription(String prefix, String suffix) {
        return subscriptions().stream()
                .filter(address -> address.startsWith(prefix) && address.endsWith(suffix))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody listens on " + prefix + "…" + suffix));
    }

    /** Listens from now on; what is asked there it answers with {@code answer}, or not at all where that is null. */
    public void listen(Collection<String> addresses, Object answer) {
        for (String address : addresses) {
            MessageConsumer<Object> consumer = vertx.eventBus().consumer(address, message -> {
                heard.add(new Heard(address, message.body()));
                answer(message, answer);
            });
            wait(consumer.completion());
            consumers.put(address, consumer);
        }
    }

    private static void answer(Message<Object> message, Object answer) {
        if (answer != null && message.replyAddress() != null) {
            message.reply(answer);
        }
    }

    public void deaf() {
        consumers.values().forEach(consumer -> wait(consumer.unregister()));
        consumers.clear();
    }

    public void publish(String address, Object body, DeliveryOptions options) {
        vertx.eventBus().publish(address, body, options);
    }

    /** @return the answer, or the code of the refusal, or words */
    public Object ask(String address, Object body) {
        try {
            return vertx.eventBus()
                    .request(address, body, new DeliveryOptions().setSendTimeout(PATIENCE_MILLIS))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(PATIENCE_MILLIS + 1_000, TimeUnit.MILLISECONDS)
                    .body();
        } catch (ExecutionException refused) {
            if (refused.getCause() instanceof ReplyException reply) {
                return switch (reply.failureType()) {
                    case NO_HANDLERS -> NO_HANDLERS;
                    case TIMEOUT -> TIMEOUT;
                    case RECIPIENT_FAILURE, ERROR -> reply.failureCode();
                };
            }
            throw new AssertionError(refused);
        } catch (TimeoutException none) {
            return TIMEOUT;
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        }
    }

    public Vertx vertx() {
        return vertx;
    }

    private static void wait(io.vertx.core.Future<?> future) {
        try {
            future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        } catch (ExecutionException | TimeoutException cause) {
            throw new AssertionError(cause);
        }
    }

    @Override
    public void close() {
        wait(vertx.close());
    }
}

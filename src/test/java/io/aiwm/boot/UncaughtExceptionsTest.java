package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UncaughtExceptionsTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    /** As the event bus waits for a write: it does what is to be done and says that it did not. */
    private static final class Sceptic implements Promise<Void> {
        @Override
        public boolean tryComplete(Void result) {
            return true;
        }

        @Override
        public boolean tryFail(Throwable cause) {
            return false;
        }

        @Override
        public Future<Void> future() {
            throw new UnsupportedOperationException();
        }
    }

    /** A peer that reads nothing and is cut off while much is on its way to it. */
    @Test
    void a_write_that_breaks_with_its_connection_is_known_for_what_it_is() throws Exception {
        Promise<NetSocket> peer = Promise.promise();
        var server = vertx.createNetServer()
                .connectHandler(socket -> {
                    socket.pause();
                    peer.tryComplete(socket);
                })
                .listen(0, "127.0.0.1")
                .await(20, TimeUnit.SECONDS);
        Promise<Throwable> unhandled = Promise.promise();
        vertx.exceptionHandler(unhandled::tryComplete);
        Promise<Void> written = Promise.promise();
        vertx.createNetClient()
                .connect(server.actualPort(), "127.0.0.1")
                .onSuccess(
                        socket -> { // on its event loop, as the event bus writes
                            for (int i = 0; i < 32; i++) {
                                socket.write(Buffer.buffer(new byte[1 << 20])).onComplete(new Sceptic());
                            }
                            written.complete();
                        });
        written.future().await(20, TimeUnit.SECONDS);
        peer.future().await(20, TimeUnit.SECONDS).close();

        Throwable cause = unhandled.future().await(20, TimeUnit.SECONDS);
        assertThat(cause).hasMessage("Promise already completed");
        assertThat(UncaughtExceptions.isOfABrokenWrite(cause)).isTrue();
    }

    @Test
    void a_promise_of_ours_that_is_completed_twice_is_a_fault_like_any_other() throws Exception {
        Promise<Throwable> unhandled = Promise.promise();
        vertx.exceptionHandler(unhandled::tryComplete);
        Promise<Void> twice = Promise.promise();
        twice.complete();
        vertx.runOnContext(go -> twice.complete(null, new IllegalStateException("late")));

        Throwable cause = unhandled.future().await(20, TimeUnit.SECONDS);
        assertThat(cause).hasMessage("Promise already completed");
        assertThat(UncaughtExceptions.isOfABrokenWrite(cause)).isFalse();
        assertThat(UncaughtExceptions.isOfABrokenWrite(new IllegalStateException("something else")))
                .isFalse();
    }
}

package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class MemberHandshakeTest {
    private final ServerSocketChannel server = open();

    private static ServerSocketChannel open() {
        try {
            return ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        } catch (IOException cause) {
            throw new AssertionError(cause);
        }
    }

    @AfterEach
    void close() throws IOException {
        server.close();
    }

    /** @param keys their numbers, the newest first */
    private static MemberHandshake member(String keys) {
        var text = new StringBuilder();
        for (String number : keys.split(" ", -1)) {
            byte[] bytes = new byte[32];
            bytes[31] = Byte.parseByte(number);
            text.append(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes))
                    .append(' ');
        }
        return new MemberHandshake(ClusterKey.parse(text.toString()));
    }

    private interface Step {
        void run() throws IOException;
    }

    private static CompletableFuture<Void> inBackground(Step step) {
        return CompletableFuture.runAsync(() -> {
            try {
                step.run();
            } catch (IOException refused) {
                throw new CompletionException(refused);
            }
        });
    }

    private Socket call() throws IOException {
        return SocketChannel.open(server.getLocalAddress()).socket();
    }

    private static boolean succeeds(CompletableFuture<Void> done) throws Exception {
        try {
            done.get(10, TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException refused) {
            assertThat(refused).cause().isInstanceOf(IOException.class);
            return false;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, true",
        "2 1, 1, true",
        "1, 2 1, true",
        "2 1, 2, true",
        "2 1, 2 1, true",
        "1, 2, false",
        "2 1, 3, false",
        "3, 2 1, false"
    })
    void members_with_a_key_in_common_let_each_other_in(String calls, String listens, boolean agree) throws Exception {
        Socket caller = call();
        Socket called = server.accept().socket();
        called.setSoTimeout(7_000);
        var accepting = inBackground(() -> {
            try {
                member(listens).onAccept(called);
            } catch (IOException refused) {
                // as Hazelcast does
                called.close();
                throw refused;
            }
        });
        var calling = inBackground(() -> member(calls).onConnect(caller));
        assertThat(succeeds(accepting)).isEqualTo(agree);
        assertThat(succeeds(calling)).isEqualTo(agree);
        if (agree) {
            assertThat(called.getSoTimeout()).isEqualTo(7_000);
        }
        caller.close();
        called.close();
    }

    /** A stranger in the middle passes everything on, between two members that have the key. */
    @Test
    void a_handshake_that_is_passed_on_proves_nothing() throws Exception {
        try (var middle = open();
                Socket victim = SocketChannel.open(middle.getLocalAddress()).socket();
                Socket fromVictim = middle.accept().socket();
                Socket toMember = call();
                Socket called = server.accept().socket()) {
            inBackground(() -> fromVictim.getInputStream().transferTo(toMember.getOutputStream()));
            inBackground(() -> toMember.getInputStream().transferTo(fromVictim.getOutputStream()));
            var calling = inBackground(() -> {
                try (victim) {
                    member("1").onConnect(victim);
                }
            });
            var accepting = inBackground(() -> member("1").onAccept(called));
            assertThat(succeeds(calling)).isFalse();
            assertThat(succeeds(accepting)).isFalse();
        }
    }

    @Test
    void what_one_member_said_is_no_answer_to_itself() throws Exception {
        try (Socket caller = call();
                Socket called = server.accept().socket()) {
            inBackground(() -> called.getInputStream().transferTo(called.getOutputStream()));
            assertThat(succeeds(inBackground(() -> member("1").onConnect(caller))))
                    .isFalse();
        }
    }

    @Test
    void a_byte_at_a_time_holds_a_thread_no_longer_than_silence() throws Exception {
        try (Socket caller = call();
                Socket called = server.accept().socket()) {
            long began = System.nanoTime();
            var accepting = inBackground(() -> member("1").onAccept(called));
            byte[] hello = "AIWM-HZ1".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            for (int each = 0; each < 100; each++) {
                caller.getOutputStream().write(each < hello.length ? hello[each] : 1);
                try {
                    accepting.handle((done, refused) -> true).get(500, TimeUnit.MILLISECONDS);
                    break;
                } catch (java.util.concurrent.TimeoutException goesOn) {
                    assertThat(accepting).isNotDone();
                }
            }
            assertThat(succeeds(accepting)).isFalse();
            assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(6));
        }
    }
}

package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BusTlsTest {
    /** Never closed: a class that fails runs once more in the same process. */
    private static final Vertx VERTX = Vertx.vertx();

    private static final Set<String> TLS = Set.of("TLSv1.3");

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    /** @param keys their numbers, the newest first */
    private static EventBusOptions member(String keys) {
        var options = new EventBusOptions();
        BusTls.secure(
                options,
                ClusterKey.parse(
                        Arrays.stream(keys.split(" ", -1)).map(BusTlsTest::key).collect(Collectors.joining("\n"))));
        return options;
    }

    private static String key(String number) {
        byte[] bytes = new byte[32];
        bytes[31] = Byte.parseByte(number);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Members before, during and after an exchange of keys, whoever calls. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, true",
        "2 1, 1, true",
        "1, 2 1, true",
        "2 1, 2 1, true",
        "2 1, 2, true",
        "2, 2 1, true",
        "1, 2, false",
        "2, 1, false",
        "2 1, 3, false",
        "3, 2 1, false",
        "3 1, 2, false"
    })
    void members_with_a_key_in_common_hear_each_other_and_no_others(String calls, String listens, boolean agree) {
        EventBusOptions server = member(listens);
        EventBusOptions client = member(calls);
        NetServer listening = await(VERTX.createNetServer(new NetServerOptions()
                        .setSsl(true)
                        .setClientAuth(ClientAuth.REQUIRED)
                        .setEnabledSecureTransportProtocols(TLS)
                        .setKeyCertOptions(server.getKeyCertOptions())
                        .setTrustOptions(server.getTrustOptions()))
                .connectHandler(socket -> socket.handler(socket::write))
                .listen(0, "127.0.0.1"));
        // Vert.x closes a client that nobody holds any more
        NetClient calling = VERTX.createNetClient(new NetClientOptions()
                .setSsl(true)
                .setHostnameVerificationAlgorithm("")
                .setEnabledSecureTransportProtocols(TLS)
                .setKeyCertOptions(client.getKeyCertOptions())
                .setTrustOptions(client.getTrustOptions()));
        try {
            Future<String> echo = calling.connect(listening.actualPort(), "127.0.0.1")
                    .compose(socket -> Future.future(heard -> {
                        socket.handler(back -> heard.tryComplete(back.toString()));
                        socket.exceptionHandler(heard::tryFail);
                        socket.closeHandler(closed -> heard.tryFail("closed"));
                        socket.write(Buffer.buffer("hello"));
                    }));
            String heard = await(echo.otherwise("refused"));
            assertThat(heard).isEqualTo(agree ? "hello" : "refused");
        } finally {
            await(calling.close());
            await(listening.close());
        }
    }

    @Test
    void the_options_survive_the_way_through_json_that_vertx_takes() {
        EventBusOptions options = member("2 1");
        var copy = new EventBusOptions(options.toJson());
        assertThat(copy.isSsl()).isTrue();
        assertThat(copy.isTrustAll()).isFalse();
        assertThat(copy.getClientAuth()).isEqualTo(ClientAuth.REQUIRED);
        assertThat(copy.getKeyCertOptions()).isEqualTo(options.getKeyCertOptions());
        assertThat(copy.getTrustOptions()).isEqualTo(options.getTrustOptions());
    }
}

package io.aiwm.worker.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server stands in for the engine and sends a tar that has no end. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AbortingTransportTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch cut = new CountDownLatch(1);
    private HttpServer engine;
    private DockerClients clients;

    @BeforeEach
    void start() throws IOException {
        engine = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        engine.setExecutor(threads);
        engine.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                while (true) {
                    out.write(new byte[64 << 10]);
                }
            } finally {
                cut.countDown();
            }
        });
        engine.start();
        clients = new DockerClients("tcp://127.0.0.1:" + engine.getAddress().getPort(), Duration.ofSeconds(20));
    }

    @AfterEach
    void stop() {
        clients.close();
        engine.stop(0);
        threads.shutdownNow();
    }

    @Test
    void an_answer_that_is_closed_before_its_end_is_not_read_to_its_end() throws Exception {
        try (InputStream tar =
                clients.patient().copyArchiveFromContainerCmd("c", "/work").exec()) {
            assertThat(tar.readNBytes(512)).hasSize(512);
        }
        assertThat(cut.await(20, TimeUnit.SECONDS))
                .as("the engine stops sending")
                .isTrue();
    }
}

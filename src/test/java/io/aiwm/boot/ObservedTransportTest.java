package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Which sockets a process uses, and that they are usable. */
@Timeout(60)
class ObservedTransportTest {
    /** Prints the name of the transport and what a server on it has answered. */
    public static void main(String[] arguments) {
        System.out.println(new ObservedTransport().name() + " " + asked());
    }

    private static String asked() {
        var vertx = Vertx.builder().withTransport(new ObservedTransport()).build();
        try {
            int port = vertx.createHttpServer()
                    .requestHandler(request -> request.response().end("answered"))
                    .listen(0, "127.0.0.1")
                    .await()
                    .actualPort();
            return vertx.createHttpClient()
                    .request(HttpMethod.GET, port, "127.0.0.1", "/")
                    .compose(request -> request.send().compose(answer -> answer.body()))
                    .await()
                    .toString();
        } finally {
            vertx.close().await();
        }
    }

    private static String inAnotherProcess(String option) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        option,
                        "-cp",
                        System.getProperty("java.class.path"),
                        ObservedTransportTest.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return said.lines().reduce((first, last) -> last).orElse("");
    }

    @Test
    @EnabledOnOs(
            value = OS.LINUX,
            architectures = {"amd64", "x86_64", "aarch64"})
    void linux_has_epoll() throws Exception {
        assertThat(new ObservedTransport().name()).isEqualTo("epoll");
        assertThat(asked()).isEqualTo("answered");
    }

    @Test
    void where_its_library_cannot_be_loaded_the_sockets_of_the_jdk_do() throws Exception {
        assertThat(inAnotherProcess("-Dio.netty.transport.noNative=true")).isEqualTo("nio answered");
        // as on a machine whose folder for temporary files may hold no programs
        assertThat(inAnotherProcess("-Dio.netty.native.workdir=/proc")).isEqualTo("nio answered");
    }
}

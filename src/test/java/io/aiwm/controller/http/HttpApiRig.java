package io.aiwm.controller.http;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;

/** A server of the API. */
@Timeout(60)
abstract class HttpApiRig {
    static TestServer server;

    @BeforeAll
    static void open() {
        server = new TestServer(List.of());
    }

    @AfterAll
    static void close() {
        server.close();
    }
}

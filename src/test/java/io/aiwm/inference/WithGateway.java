package io.aiwm.inference;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** A gateway in front of an engine that a test scripts; at the end of each test it holds nothing any more. */
@Timeout(60)
abstract class WithGateway {
    TestGateway gateway;

    @BeforeEach
    void begin() throws Exception {
        gateway = new TestGateway();
    }

    @AfterEach
    void end() {
        assertThat(gateway.leftOver()).isEmpty();
        gateway.close();
    }
}

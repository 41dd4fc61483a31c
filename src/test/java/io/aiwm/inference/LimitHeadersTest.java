package io.aiwm.inference;

import static io.aiwm.inference.TestGateway.BODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.limit.LocalLimiter;
import io.aiwm.inference.limit.MemoryAllowances;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What answers say of the limits of their caller. */
@Timeout(60)
class LimitHeadersTest {
    @Test
    void a_call_that_a_limit_refuses_is_told_what_is_left() throws Exception {
        InstantSource clock = InstantSource.fixed(Instant.parse("2026-11-28T12:00:20Z"));
        try (var gateway = new TestGateway()) {
            gateway.limiter = new LocalLimiter("gateway", new MemoryAllowances(clock), clock, () -> 1);
            gateway.limits = new KeyLimits(null, 1, null, null, null, null);
            assertThat(gateway.chat(BODY).statusCode()).isEqualTo(200);
            gateway.usage();
            for (HttpResponse<String> answer : List.of(gateway.chat(BODY), gateway.get("/proxy/tiny/x"))) {
                gateway.usage();
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(429);
                for (String header : List.of(
                        "Retry-After 40",
                        "RateLimit-Limit 1",
                        "RateLimit-Remaining 0",
                        "RateLimit-Reset 40",
                        "x-ratelimit-limit-requests 1",
                        "x-ratelimit-remaining-requests 0",
                        "x-ratelimit-reset-requests 40s")) {
                    String[] parts = header.split(" ", -1);
                    assertThat(answer.headers().allValues(parts[0]))
                            .as(parts[0])
                            .containsExactly(parts[1]);
                }
            }
            assertThat(gateway.leftOver()).isEmpty();
        }
    }
}

package io.aiwm.controller.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.NameLookups;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LateToolCallTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    /** The model was told that there was no answer, and may have tried something else by now. */
    @Test
    void a_call_that_could_not_begin_in_time_is_not_made_later() {
        try (var rig = new AgentRig(folder)) {
            rig.tool(rig.weather("POST").timeoutMs(100L));
            rig.agent(null, "weather");
            rig.conversation();
            var free = new CountDownLatch(1);
            var names = new NameLookups(rig.vertx);
            for (int i = 0; i < VertxOptions.DEFAULT_WORKER_POOL_SIZE; i++) {
                names.run(() -> {
                    free.await();
                    return null;
                });
            }
            rig.say("msg_1", "What is the weather?");
            await().atMost(PATIENCE).until(rig::isIdle);
            assertThat(rig.messages().get(2).text()).contains("did not answer within 100 ms");
            free.countDown();
            await().during(Duration.ofMillis(500)).atMost(PATIENCE).until(() -> rig.toolServer.asked.isEmpty());
        }
    }
}

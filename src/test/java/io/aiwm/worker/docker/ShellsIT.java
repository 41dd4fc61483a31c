package io.aiwm.worker.docker;

import static io.aiwm.worker.docker.EngineFixture.await;
import static io.aiwm.worker.docker.EngineFixture.shell;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.ShellInput;
import io.aiwm.protocol.ShellOpen;
import io.aiwm.protocol.ShellOutput;
import io.aiwm.worker.container.OwnedContainers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A shell in a real container, as its controller hears of it. */
@Timeout(60)
class ShellsIT {
    private static final ShellOpen OPEN =
            new ShellOpen(ShellOpen.shellId("a", "1"), "d1", 0, List.of("/bin/sh"), 80, 24, 1_000);

    private final EngineFixture test = new EngineFixture();
    private final OwnedContainers containers =
            new OwnedContainers(test.vertx, test.engine, test.owner, () -> null, test.probes);
    private final List<ShellOutput> told = new CopyOnWriteArrayList<>();

    @AfterEach
    void cleanUp() {
        containers.close();
        test.close();
    }

    private void input(String shellId, long number, String typed, int credit) {
        String data = Base64.getEncoder().encodeToString(typed.getBytes(StandardCharsets.UTF_8));
        containers.shells().input(new ShellInput(shellId, number, data, null, null, credit), told::add);
    }

    @Test
    void what_was_sent_before_its_end_was_known_is_not_answered() {
        await(test.create("ex1.0.1", "d1", shell("sleep 60")));
        containers.shells().open(OPEN, told::add);
        Awaitility.await().until(() -> !told.isEmpty());
        input(OPEN.shellId(), 0, "exit 7\n", 1_000);
        Awaitility.await().until(() -> told.get(told.size() - 1).end());
        int known = told.size();
        assertThat(told.get(known - 1).exitCode()).isEqualTo(7);

        input(OPEN.shellId(), 1, "", 1_000);
        input("a~other", 1, "", 1_000);
        assertThat(told).hasSize(known + 1);
        assertThat(told.get(known).shellId()).isEqualTo("a~other");
        assertThat(told.get(known).error()).startsWith("the shell is gone");
    }
}

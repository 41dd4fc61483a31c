package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.RunningFleet;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code aiwm shell} in a real container. */
@Timeout(300)
class ShellCommandIT {
    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(0, 1);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private int run(String typed, String... arguments) {
        out.reset();
        return new Cli(
                        Map.of(
                                "AIWM_ADDR",
                                FLEET.api().url(""),
                                "AIWM_TOKEN",
                                FLEET.api().token()),
                        (loaded, verticles) -> {},
                        new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(out, true, StandardCharsets.UTF_8))
                .execute(arguments);
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void it_ends_with_the_exit_code_of_what_ran() {
        String id = FLEET.deployments().create(FleetDeployments.web(1, FleetDeployments.SERVE));
        FLEET.deployments().untilAllReady(id, 1);
        assertThat(run("", "shell", "web", "--", "sh", "-c", "echo \"$1\"; exit 4", "x", "zwölf é"))
                .as(printed())
                .isEqualTo(4);
        assertThat(printed()).contains("zwölf é");
        int code = run("echo $((40+2))\nexit 6\n", "shell", id, "--replica", "0");
        assertThat(code).as(printed()).isEqualTo(6);
        assertThat(printed()).contains("42");
        assertThat(run("", "shell", id, "--replica", "9")).isEqualTo(ApiFailure.NOT_FOUND);
        assertThat(printed()).contains("replica 9");
        assertThat(run("", "shell", "no-such")).isEqualTo(ApiFailure.NOT_FOUND);
        FLEET.deployments().delete(id);
    }
}

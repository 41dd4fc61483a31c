package io.aiwm.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Runs commands in this process and keeps what they print. */
final class Terminal {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    /** What the next commands read. */
    String input = "";

    /** Returns the exit code of a command of an operator. @param port of the controller */
    int run(int port, Path data, String... arguments) {
        forget();
        return new Cli(
                        Map.of(
                                "AIWM_ADDR",
                                "http://127.0.0.1:" + port,
                                "AIWM_TOKEN",
                                "operator",
                                "AIWM_DATA_DIR",
                                data.toString()),
                        (loaded, verticles) -> {},
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .execute(arguments);
    }

    void forget() {
        out.reset();
        err.reset();
    }

    String said() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String complained() {
        return err.toString(StandardCharsets.UTF_8);
    }
}

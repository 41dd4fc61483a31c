package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Programs of the tests in JVMs of their own, with the jar before everything else, so that they start as an AIWM does. */
public final class TestPrograms {
    private TestPrograms() {}

    /** @param folder for temporary files, which a killed one does not remove */
    public static ProcessBuilder of(Class<?> main, Path folder, Object... arguments) {
        var command = new ArrayList<String>(List.of(AiwmProcess.java()));
        command.addAll(ClassArchive.options());
        command.add("-Djava.io.tmpdir=" + folder.toAbsolutePath());
        command.addAll(List.of("-cp", AiwmProcess.jar() + File.pathSeparator + System.getProperty("java.class.path")));
        command.add(main.getName());
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return new ProcessBuilder(command);
    }

    /**
     * Kills it while it works, and returns the whole lines that it has printed: the kill may cut the last one short. They go to
     * a file, so that nothing of them is lost with the process.
     *
     * @param output the file, in a folder for its temporary files
     * @param sign what it prints when it works
     * @param millis from then on to the kill
     */
    public static List<String> killed(Class<?> main, Path output, String sign, long millis, Object... arguments)
            throws IOException, InterruptedException {
        Process program = of(main, output.getParent(), arguments)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> Files.readString(output).contains(sign) || !program.isAlive());
            assertThat(program.waitFor(millis, TimeUnit.MILLISECONDS))
                    .as("it ended by itself: " + Files.readString(output))
                    .isFalse();
        } finally {
            program.destroyForcibly();
            program.waitFor();
        }
        String printed = Files.readString(output);
        return printed.substring(0, printed.lastIndexOf('\n') + 1).lines().toList();
    }
}

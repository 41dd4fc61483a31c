package io.aiwm.testing;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One fault on a fleet of its own. A cut of the bus needs network namespaces: they are made here, and the fault runs in
 * another JVM, this class's main, in the hub of them; the store, the nodes and the callers live in that JVM, so nothing of
 * it touches the machine's own network.
 */
public final class ChaosRun {
    private ChaosRun() {}

    /** @param small the size that tests have. @param folder for data and logs */
    public static ChaosReport of(ChaosFault fault, boolean small, Path folder) throws Exception {
        return fault.needsNamespaces() ? inNamespaces(fault, small, folder) : at(Places.LOOPBACK, fault, small, folder);
    }

    private static ChaosReport at(Places places, ChaosFault fault, boolean small, Path folder) throws Exception {
        var size = small ? ChaosSize.small(fault) : ChaosSize.large(fault);
        try (var controllers = new ThreeControllers(folder, places, size.pace());
                var chaos = new Chaos(controllers, size)) {
            return chaos.run(fault);
        }
    }

    private static ChaosReport inNamespaces(ChaosFault fault, boolean small, Path folder)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path answer = folder.resolve("report.json");
        Path log = folder.resolve("run.log");
        try (var namespaces = Namespaces.make(ThreeControllers.COUNT)) {
            var command = new ArrayList<>(namespaces.hubEntrance());
            command.addAll(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx512m",
                    "-XX:+UseSerialGC",
                    "-Daiwm.jar=" + AiwmProcess.jar(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    ChaosRun.class.getName(),
                    namespaces.name(),
                    fault.name(),
                    String.valueOf(small),
                    folder.toString(),
                    answer.toString()));
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            var atEnd = new Thread(process::destroy);
            Runtime.getRuntime().addShutdownHook(atEnd);
            int code;
            try {
                code = process.waitFor();
            } finally {
                process.destroy();
                process.waitFor();
                Runtime.getRuntime().removeShutdownHook(atEnd);
            }
            if (code != 0 || !Files.exists(answer)) {
                throw new AssertionError(
                        "the run in network namespaces ended with " + code + ": " + Files.readString(log));
            }
            return new JsonObject(Files.readString(answer)).mapTo(ChaosReport.class);
        }
    }

    /** Arguments: name of the namespaces, fault, whether it is small, folder, file for the report. */
    public static void main(String[] args) throws Exception {
        var places = Namespaces.of(args[0], ThreeControllers.COUNT);
        var fault = ChaosFault.valueOf(args[1]);
        var report = at(places, fault, Boolean.parseBoolean(args[2]), Path.of(args[3]));
        Files.writeString(Path.of(args[4]), JsonObject.mapFrom(report).encode());
        System.exit(0);
    }
}

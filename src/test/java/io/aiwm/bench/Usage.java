package io.aiwm.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What the processes of a bench had used at a moment, from /proc.
 *
 * @param driver this process
 * @param busy of the whole machine
 */
record Usage(long nanos, long server, long workers, long driver, long busy) {
    static Usage now(long server, List<Long> workers) throws IOException {
        long all = 0;
        for (long worker : workers) {
            all += cpuMillis(worker);
        }
        return new Usage(
                System.nanoTime(),
                cpuMillis(server),
                all,
                cpuMillis(ProcessHandle.current().pid()),
                busyMillis());
    }

    static Usage none() {
        return new Usage(0, 0, 0, 0, 0);
    }

    /** Adds what was used between two moments. */
    Usage plus(Usage before, Usage after) {
        return new Usage(
                nanos + after.nanos - before.nanos,
                server + after.server - before.server,
                workers + after.workers - before.workers,
                driver + after.driver - before.driver,
                busy + after.busy - before.busy);
    }

    /** Adds what was used in another time. */
    Usage and(Usage other) {
        return plus(none(), other);
    }

    double secondsTo(Usage after) {
        return (after.nanos - nanos) / 1e9;
    }

    /** Adds what was used from this moment to another, divided by so many operations. */
    JsonObject put(JsonObject figures, Usage after, int operations) {
        long own = after.server - server + after.workers - workers + after.driver - driver;
        return figures.put("server_cpu_ms_per_op", Rig.round((double) (after.server - server) / operations))
                .put("worker_cpu_ms_per_op", Rig.round((double) (after.workers - workers) / operations))
                .put("driver_cpu_ms_per_op", Rig.round((double) (after.driver - driver) / operations))
                .put("other_busy_cores", Rig.round(Math.max(0, after.busy - busy - own) / 1e3 / secondsTo(after)));
    }

    /**
     * Adds how many cores were used between this moment and another: by a gateway (the server), an engine (the workers), this process and
     * the whole machine.
     */
    JsonObject putCores(JsonObject figures, Usage after) {
        double millis = 1e3 * secondsTo(after);
        return figures.put("gateway_cores", Rig.round((after.server - server) / millis))
                .put("engine_cores", Rig.round((after.workers - workers) / millis))
                .put("driver_cores", Rig.round((after.driver - driver) / millis))
                .put("busy_cores", Rig.round((after.busy - busy) / millis));
    }

    /** User and system time of a process; one tick is 10 ms. */
    static long cpuMillis(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10;
    }

    private static long busyMillis() throws IOException {
        String[] fields =
                Files.readAllLines(Path.of("/proc/stat")).get(0).trim().split("\\s+");
        long ticks = 0;
        for (int i : new int[] {1, 2, 3, 6, 7}) {
            ticks += Long.parseLong(fields[i]);
        }
        return ticks * 10;
    }

    /** What of the heap is in use after all garbage is collected, in MiB. */
    static long heapAfterCollection(long pid) throws IOException, InterruptedException {
        jcmd(pid, "GC.run");
        // the compressed class space and metaspace are no heap
        return Pattern.compile("^(?!.*(?:Metaspace|class space)).*\\bused (\\d+)K", Pattern.MULTILINE)
                        .matcher(jcmd(pid, "GC.heap_info"))
                        .results()
                        .mapToLong(found -> Long.parseLong(found.group(1)))
                        .sum()
                / 1024;
    }

    private static String jcmd(long pid, String what) throws IOException, InterruptedException {
        Process started = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), String.valueOf(pid), what)
                .redirectErrorStream(true)
                .start();
        String said = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (started.waitFor() != 0) {
            throw new IOException("jcmd " + what + ": " + said);
        }
        return said;
    }

    /** In MiB. */
    static long rss(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(0);
    }
}

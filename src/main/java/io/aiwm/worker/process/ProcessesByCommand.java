package io.aiwm.worker.process;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Processes of this machine by the command whose id they inherited: also those that left its session. Finding them means
 * reading the environment of every process, so all commands that wait for that share one scan.
 */
final class ProcessesByCommand {
    private static final Path PROCESSES = Path.of("/proc");
    private static final String VARIABLE = "AIWM_COMMAND_ID=";
    /** A process that is killed may just have started another one. */
    private static final int SCANS = 5;

    private final Vertx vertx;
    private Map<String, Promise<Void>> waiting = new HashMap<>();
    private boolean scanning;

    ProcessesByCommand(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Kills the command's processes, as far as the system shows their environment (Linux) and they kept the variable. Succeeds
     * when a scan that began after the call found none, or after {@value #SCANS} scans.
     */
    synchronized Future<Void> kill(String commandId) {
        Future<Void> killed =
                waiting.computeIfAbsent(commandId, first -> Promise.promise()).future();
        if (!scanning) {
            scanning = true;
            next();
        }
        return killed;
    }

    private synchronized void next() {
        Map<String, Promise<Void>> batch = waiting;
        waiting = new HashMap<>();
        if (batch.isEmpty()) {
            scanning = false;
            return;
        }
        vertx.<Void>executeBlocking(
                        () -> {
                            for (int scan = 0; scan < SCANS && killAll(batch.keySet()); scan++) {}
                            return null;
                        },
                        false)
                .onComplete(done -> {
                    batch.values().forEach(promise -> promise.handle(done));
                    next();
                });
    }

    /** Returns whether there was one. */
    private static boolean killAll(Set<String> commands) throws IOException {
        if (!Files.isDirectory(PROCESSES)) {
            return false;
        }
        boolean found = false;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
            for (Path process : all) {
                if (!isOf(commands, process)) {
                    continue;
                }
                Optional<ProcessHandle> handle =
                        ProcessHandle.of(Long.parseLong(process.getFileName().toString()));
                // looked at again, because its number may have become another process's
                if (handle.isPresent() && isOf(commands, process)) {
                    handle.get().destroyForcibly();
                    found = true;
                }
            }
        } catch (DirectoryIteratorException cause) {
            throw cause.getCause();
        }
        return found;
    }

    private static boolean isOf(Set<String> commands, Path process) {
        String environment;
        try {
            environment = new String(Files.readAllBytes(process.resolve("environ")), StandardCharsets.ISO_8859_1);
        } catch (IOException goneOrAnothers) {
            return false;
        }
        for (int at = environment.indexOf(VARIABLE); at >= 0; at = environment.indexOf(VARIABLE, at + 1)) {
            int end = environment.indexOf('\0', at);
            boolean begins = at == 0 || environment.charAt(at - 1) == '\0';
            String id = environment.substring(at + VARIABLE.length(), end < 0 ? environment.length() : end);
            if (begins && commands.contains(id)) {
                return true;
            }
        }
        return false;
    }
}

package io.aiwm.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** A real {@code redis-server} on loopback, which can be killed and started again on the same data. */
public final class RedisServer implements AutoCloseable {
    public static final String USER = "aiwm";
    public static final String PASSWORD = "a-password-of-redis";

    private final Path folder;
    public final int port = AiwmProcess.freePort();
    private final List<String> more;
    private Process process;

    /** @param more further lines of its settings */
    public RedisServer(Path folder, String... more) {
        this.folder = folder;
        this.more = List.of(more);
    }

    public RedisServer start() {
        try {
            Files.createDirectories(folder);
            var lines = new ArrayList<>(List.of(
                    "port " + port,
                    "bind 127.0.0.1",
                    "dir " + folder,
                    "save \"\"",
                    "appendonly yes",
                    // what is loaded at the start is loaded as this user
                    "user default on >another-password ~* &* +@all",
                    "user " + USER + " on >" + PASSWORD + " ~* &* +@all"));
            lines.addAll(more);
            Path settings = Files.write(folder.resolve("redis.conf"), lines);
            process = new ProcessBuilder("redis-server", settings.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("redis.log").toFile())
                    .start();
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(this::answers);
        return this;
    }

    private boolean answers() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** As kill -9 does. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        if (process != null) {
            kill();
        }
    }
}

package io.aiwm.testing;

import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A way to the engine of this machine, which has no GPUs, on which containers that are to have some are made without. All else
 * passes as it is.
 */
public final class GpulessEngine implements AutoCloseable {
    private final ServerSocket server;
    private final Path engine;
    private final AtomicInteger asked = new AtomicInteger();

    /** @param dockerHost of the engine: {@code unix://} and a path; null: the usual one */
    public GpulessEngine(String dockerHost) throws IOException {
        engine = Path.of(dockerHost == null ? "/var/run/docker.sock" : dockerHost.replaceFirst("^unix://", ""));
        server = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
        daemon(() -> {
            while (true) {
                Socket client = server.accept();
                daemon(() -> serve(client));
            }
        });
    }

    /** For {@code DOCKER_HOST}. */
    public String host() {
        return "tcp://127.0.0.1:" + server.getLocalPort();
    }

    /** How many containers were to have GPUs. */
    public int asked() {
        return asked.get();
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(Work work) {
        var thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException closed) {
                // one of both sides has ended
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(Socket client) throws IOException {
        try (client;
                var behind = SocketChannel.open(UnixDomainSocketAddress.of(engine))) {
            daemon(() -> {
                back(behind, client.getOutputStream());
                client.close();
            });
            OutputStream to = outputOf(behind);
            var from = new BufferedInputStream(client.getInputStream());
            for (String head = head(from); head != null; head = head(from)) {
                pass(head, from, to);
            }
        }
    }

    /** Those of {@link java.nio.channels.Channels} hold one lock for both directions. */
    private static OutputStream outputOf(SocketChannel channel) {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int count) throws IOException {
                ByteBuffer rest = ByteBuffer.wrap(bytes, from, count);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
            }
        };
    }

    private static void back(SocketChannel from, OutputStream to) throws IOException {
        ByteBuffer some = ByteBuffer.allocate(64 * 1024);
        while (from.read(some.clear()) >= 0) {
            to.write(some.array(), 0, some.position());
            to.flush();
        }
    }

    private void pass(String head, InputStream from, OutputStream to) throws IOException {
        String lower = head.toLowerCase(Locale.ROOT);
        boolean creates = head.matches("(?s)POST [^ ]*/containers/create[? ].*");
        if (creates) {
            byte[] body = withoutGpus(
                    lower.contains("transfer-encoding: chunked") ? chunks(from) : from.readNBytes(length(lower)));
            to.write((head.replaceAll("(?im)^(content-length|transfer-encoding):.*\r\n", "") + "Content-Length: "
                            + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            to.write(body);
            return;
        }
        to.write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        if (lower.contains("\nupgrade:") || lower.contains("transfer-encoding: chunked")) {
            from.transferTo(to); // nothing more of this connection is a request that is of interest
        } else {
            to.write(from.readNBytes(length(lower)));
        }
    }

    private byte[] withoutGpus(byte[] body) {
        var spec = new JsonObject(new String(body, StandardCharsets.UTF_8));
        JsonObject host = spec.getJsonObject("HostConfig");
        var devices = host == null ? null : host.getJsonArray("DeviceRequests");
        if (devices != null && !devices.isEmpty()) {
            asked.incrementAndGet();
            host.remove("DeviceRequests");
        }
        return spec.encode().getBytes(StandardCharsets.UTF_8);
    }

    private static int length(String head) {
        var found = java.util.regex.Pattern.compile("\ncontent-length: *(\\d+)").matcher(head);
        return found.find() ? Integer.parseInt(found.group(1)) : 0;
    }

    /** Up to the empty line, without it; null: the connection has ended. */
    private static String head(InputStream from) throws IOException {
        var head = new StringBuilder();
        for (String line = line(from); line != null; line = line(from)) {
            if (line.equals("\r\n")) {
                return head.toString();
            }
            head.append(line);
        }
        return null;
    }

    private static String line(InputStream from) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int next = from.read(); next >= 0; next = from.read()) {
            line.write(next);
            if (next == '\n') {
                return line.toString(StandardCharsets.ISO_8859_1);
            }
        }
        return null;
    }

    private static byte[] chunks(InputStream from) throws IOException {
        var body = new ByteArrayOutputStream();
        while (true) {
            int size = Integer.parseInt(line(from).strip(), 16);
            body.write(from.readNBytes(size));
            line(from);
            if (size == 0) {
                return body.toByteArray();
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

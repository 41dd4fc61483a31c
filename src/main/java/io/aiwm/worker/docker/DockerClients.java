package io.aiwm.worker.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Three clients of one engine, because the transport has one silence limit per client: quick calls, calls that may take
 * minutes (pull, stop with grace), and streams that may be silent for ever. After a restart of the engine every
 * connection they keep is dead, and the next call on each would fail with a broken pipe: then {@link #renew} them.
 */
final class DockerClients implements AutoCloseable {
    /** The longest silence of a pull or a stop. */
    static final Duration PATIENCE = Duration.ofMinutes(15);

    private static final Logger LOG = LoggerFactory.getLogger(DockerClients.class);
    private static final int CONNECTIONS = 64;
    /** One for each job that runs and each log that is read. */
    private static final int STREAMS = 2_048;

    private final URI host;
    private final Duration timeout;
    private volatile Trio current;
    private Trio previous;

    private record Trio(DockerClient quick, DockerClient patient, DockerClient streams) {}

    /** @param socket a path, or a URI with unix:// or tcp:// */
    DockerClients(String socket, Duration timeout) {
        this.host = URI.create(socket.startsWith("/") ? "unix://" + socket : socket);
        this.timeout = timeout;
        this.current = trio();
    }

    DockerClient quick() {
        return current.quick();
    }

    DockerClient patient() {
        return current.patient();
    }

    DockerClient streams() {
        return current.streams();
    }

    /** Begins with fresh connections. Calls under way go on; the ones before those are closed. */
    synchronized void renew() {
        close(previous);
        previous = current;
        current = trio();
    }

    private Trio trio() {
        return new Trio(
                client(host, timeout, timeout, CONNECTIONS),
                client(host, timeout, PATIENCE, CONNECTIONS),
                client(host, timeout, null, STREAMS));
    }

    private static DockerClient client(URI host, Duration connect, Duration silence, int connections) {
        var http = new ApacheDockerHttpClient.Builder()
                .dockerHost(host)
                .connectionTimeout(connect)
                .maxConnections(connections);
        if (silence != null) {
            http.responseTimeout(silence);
        }
        // No config file or environment of the user's is read for credentials: commands bring their own.
        var config = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(host.toString())
                .withDockerConfig("/nonexistent")
                .withDockerTlsVerify(false)
                .build();
        return DockerClientImpl.getInstance(config, new AbortingTransport(http.build()));
    }

    @Override
    public synchronized void close() {
        close(previous);
        close(current);
    }

    private static void close(Trio clients) {
        if (clients == null) {
            return;
        }
        for (DockerClient client : List.of(clients.streams(), clients.patient(), clients.quick())) {
            try {
                client.close();
            } catch (IOException cause) {
                LOG.debug("engine client did not close cleanly", cause);
            }
        }
    }
}

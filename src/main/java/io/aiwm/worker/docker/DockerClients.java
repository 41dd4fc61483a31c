package io.aiwm.worker.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Three clients of one engine, because the transport has one silence limit per client: quick calls, calls that may take
 * minutes (pull, stop with grace), and streams that may be silent for ever.
 */
final class DockerClients implements AutoCloseable {
    /** The longest silence of a pull or a stop. */
    static final Duration PATIENCE = Duration.ofMinutes(15);

    private static final Logger LOG = LoggerFactory.getLogger(DockerClients.class);
    private static final int CONNECTIONS = 64;
    private static final int STREAMS = 256;

    final DockerClient quick;
    final DockerClient patient;
    final DockerClient streams;

    /** @param socket a path, or a URI with unix:// or tcp:// */
    DockerClients(String socket, Duration timeout) {
        URI host = URI.create(socket.startsWith("/") ? "unix://" + socket : socket);
        quick = client(host, timeout, timeout, CONNECTIONS);
        patient = client(host, timeout, PATIENCE, CONNECTIONS);
        streams = client(host, timeout, null, STREAMS);
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
        return DockerClientImpl.getInstance(config, http.build());
    }

    @Override
    public void close() {
        for (DockerClient client : new DockerClient[] {streams, patient, quick}) {
            try {
                client.close();
            } catch (IOException cause) {
                LOG.debug("engine client did not close cleanly", cause);
            }
        }
    }
}

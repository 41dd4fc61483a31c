package io.aiwm.worker.docker;

import com.github.dockerjava.transport.DockerHttpClient;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/**
 * The transport of docker-java, of which an answer that is closed before its end is given up. Its own bodies read what is
 * left when they are closed, to use the connection again: of the tar of a large file that is all of the file.
 */
final class AbortingTransport implements DockerHttpClient {
    private final DockerHttpClient transport;

    AbortingTransport(DockerHttpClient transport) {
        this.transport = transport;
    }

    @Override
    public Response execute(Request request) {
        return new Aborting(transport.execute(request));
    }

    @Override
    public void close() throws IOException {
        transport.close();
    }

    private static final class Aborting implements Response {
        private final Response response;

        Aborting(Response response) {
            this.response = response;
        }

        @Override
        public int getStatusCode() {
            return response.getStatusCode();
        }

        @Override
        public Map<String, List<String>> getHeaders() {
            return response.getHeaders();
        }

        /** Closing it closes the response, which cuts its connection first unless the body has ended. */
        @Override
        public InputStream getBody() {
            InputStream body = response.getBody();
            return body == null
                    ? null
                    : new FilterInputStream(body) {
                        @Override
                        public int read(byte[] into, int at, int most) throws IOException {
                            return body.read(into, at, most);
                        }

                        @Override
                        public void close() {
                            response.close();
                        }
                    };
        }

        @Override
        public void close() {
            response.close();
        }
    }
}

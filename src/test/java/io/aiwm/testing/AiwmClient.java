package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.stream.Stream;

/** Speaks to a controller as any HTTP client would. */
public final class AiwmClient {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String base;
    private final String password;
    private final Duration patience;
    private volatile String token;

    /** @param password of the user admin; it signs in with its first request */
    public AiwmClient(int port, String password) {
        this("127.0.0.1", port, password);
    }

    /** @param host as an address, which may lie in a network namespace of this process */
    public AiwmClient(String host, int port, String password) {
        this("http://" + host + ":" + port, password, PATIENCE, null);
    }

    private AiwmClient(String base, String password, Duration patience, String token) {
        this.base = base;
        this.password = password;
        this.patience = patience;
        this.token = token;
    }

    /** The same, signed in already, and it gives up after so long: {@link Unreachable}. */
    public AiwmClient impatient(Duration most) {
        get("/api/nodes?pageSize=1"); // signs in where that has not been done
        return new AiwmClient(base, password, most, token);
    }

    /** The same for another user. */
    public AiwmClient as(String user, String secret) {
        var login = send(
                "POST",
                "/api/auth/login",
                new JsonObject().put("username", user).put("password", secret),
                null);
        return new AiwmClient(base, secret, patience, expect(200, login).getString("accessToken"));
    }

    /** @param json null where the path says no more than itself. */
    public record Answer(int status, JsonObject json, String text) {}

    public Answer get(String path) {
        return call("GET", path, null);
    }

    /** Answered when the execution has ended, or after so many seconds. */
    public Answer getWhenEnded(String path, int seconds) {
        return call("GET", path, null, "Prefer", "wait=" + seconds);
    }

    public Answer post(String path, JsonObject body) {
        return call("POST", path, body);
    }

    public Answer put(String path, JsonObject body) {
        return call("PUT", path, body);
    }

    /** Sends a JSON merge patch. */
    public Answer patch(String path, JsonObject body) {
        return call("PATCH", path, body);
    }

    public Answer delete(String path) {
        return call("DELETE", path, null);
    }

    /** The same, and fails the test when the answer is another. */
    public JsonObject expect(int status, Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        return answer.json();
    }

    /** Null while the controller cannot be reached. */
    public Answer tryGet(String path) {
        try {
            return get(path);
        } catch (Unreachable down) {
            return null;
        }
    }

    public Answer call(String method, String path, JsonObject body, String... headers) {
        if (token == null) {
            var login = send(
                    "POST",
                    "/api/auth/login",
                    new JsonObject().put("username", "admin").put("password", password),
                    null);
            token = expect(200, login).getString("accessToken");
        }
        return send(method, path, body, token, headers);
    }

    /** Of a path, for another client. */
    public String url(String path) {
        return base + path;
    }

    /** For another client. */
    public String token() {
        get("/api/nodes?pageSize=1"); // signs in where that has not been done
        return token;
    }

    /** Sends bytes as they are. */
    public Answer upload(String path, byte[] content) {
        get("/api/nodes?pageSize=1"); // signs in where that has not been done
        var request = HttpRequest.newBuilder(URI.create(base + path))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/octet-stream")
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofByteArray(content));
        return answer(request, "POST", path);
    }

    /** Reads a text line by line, as it comes, until it ends or whoever reads has closed it. */
    public Stream<String> lines(String path) {
        get("/api/nodes?pageSize=1"); // signs in where that has not been done
        var request = HttpRequest.newBuilder(URI.create(base + path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", "Bearer " + token)
                .build();
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofLines()).body();
        } catch (IOException cause) {
            throw new Unreachable("GET " + path, cause);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        }
    }

    private Answer send(String method, String path, JsonObject body, String bearer, String... headers) {
        var request = HttpRequest.newBuilder(URI.create(base + path))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(patience)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.encode()));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        if (bearer != null) {
            request.header("Authorization", "Bearer " + bearer);
        }
        return answer(request, method, path);
    }

    private static Answer answer(HttpRequest.Builder request, String method, String path) {
        try {
            var answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            String text = answer.body();
            return new Answer(
                    answer.statusCode(), text.startsWith("{") ? new JsonObject(text) : new JsonObject(), text);
        } catch (IOException cause) {
            throw new Unreachable(method + " " + path, cause);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        }
    }

    /** Nobody answered. */
    public static final class Unreachable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unreachable(String what, IOException cause) {
            super(what, cause);
        }
    }

    /** Makes the node known and issues a token for it. */
    public String nodeToken(String id) {
        expect(201, post("/api/nodes", new JsonObject().put("id", id).put("name", id)));
        var wanted = new JsonObject().put("description", "test");
        return expect(201, post("/api/nodes/" + id + "/token", wanted)).getString("token");
    }
}

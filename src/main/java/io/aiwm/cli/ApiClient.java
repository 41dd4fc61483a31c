package io.aiwm.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;

/** Requests to a controller. Fails with {@link ApiFailure}. */
final class ApiClient {
    static final String LINES = "application/x-ndjson";
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final int PAGE = 200;
    private static final int MOST_OF_PAGE = 1_000;
    private static final int MOST_ITEMS = 10_000;

    private final URI address;
    private final HttpClient http;
    private final String token;

    /** @param tls null: that of the JVM. @param token null: none */
    ApiClient(URI address, SSLContext tls, String token) {
        this.address = address;
        this.token = token;
        var builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
        this.http = (tls == null ? builder : builder.sslContext(tls)).build();
    }

    /** A successful answer. */
    record Answer(HttpResponse<String> http) {
        JsonObject json() {
            return new JsonObject(http.body());
        }

        /** Null: there is none. */
        String header(String name) {
            return http.headers().firstValue(name).orElse(null);
        }
    }

    URI address() {
        return address;
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    JsonObject get(String path) {
        return send("GET", path, null).json();
    }

    /** @param body null: none */
    Answer send(String method, String path, JsonObject body) {
        return body == null
                ? send(method, path, BodyPublishers.noBody(), ANSWER)
                : send(
                        method,
                        path,
                        BodyPublishers.ofString(body.encode()),
                        ANSWER,
                        "Content-Type",
                        "application/json");
    }

    /** @param patience how long the answer may take. @param headers names and values in turn */
    Answer send(String method, String path, HttpRequest.BodyPublisher body, Duration patience, String... headers) {
        var request =
                HttpRequest.newBuilder(address.resolve(path)).timeout(patience).method(method, body);
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw ApiFailure.of(answer.statusCode(), answer.body());
            }
            return new Answer(answer);
        } catch (HttpTimeoutException late) {
            throw new ApiFailure("the controller at " + address + " does not answer in time", ApiFailure.TIMED_OUT);
        } catch (ConnectException away) {
            throw noController();
        } catch (IOException broken) {
            throw new ApiFailure("the connection to " + address + " broke: " + broken.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ApiFailure("interrupted");
        }
    }

    /** Opens a WebSocket. Fails with what the controller answers instead. */
    WebSocket socket(String path, WebSocket.Listener listener) {
        URI at = address.resolve(path);
        var builder = http.newWebSocketBuilder().connectTimeout(CONNECT);
        if (token != null) {
            builder.header("Authorization", "Bearer " + token);
        }
        try {
            return builder.buildAsync(URI.create(at.toString().replaceFirst("^http", "ws")), listener)
                    .get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof WebSocketHandshakeException refused) {
                int status = refused.getResponse().statusCode();
                throw ApiFailure.of(status, "");
            }
            throw noController();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ApiFailure("interrupted");
        }
    }

    /** Reads an answer as it arrives. */
    interface Reading {
        /** @param type of the answer; the controller may give another than was asked for */
        void of(String type, BufferedReader text) throws IOException;
    }

    /**
     * Reads a stream of lines to its end. Fails without a problem when the connection breaks.
     *
     * @param take returns whether more are wanted
     */
    void lines(String path, Predicate<String> take) {
        read(path, LINES, (type, text) -> {
            String line = text.readLine();
            while (line != null && take.test(line)) {
                line = text.readLine();
            }
        });
    }

    /** Reads an answer while it arrives, however long that takes. Fails without a problem when the connection breaks. */
    void read(String path, String accept, Reading reading) {
        var request = HttpRequest.newBuilder(address.resolve(path)).header("Accept", accept);
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            HttpResponse<InputStream> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            try (var text = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                if (answer.statusCode() >= 300) {
                    throw ApiFailure.of(answer.statusCode(), text.lines().collect(Collectors.joining("\n")));
                }
                reading.of(answer.headers().firstValue("Content-Type").orElse(""), text);
            }
        } catch (ConnectException away) {
            throw noController();
        } catch (IOException broken) {
            throw new ApiFailure("the connection to " + address + " broke: " + broken.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ApiFailure("interrupted");
        }
    }

    private ApiFailure noController() {
        return new ApiFailure("no controller answers at " + address + "; --addr or AIWM_ADDR says where it is");
    }

    /** Returns all items of a list. @param path with its query, if it has one */
    List<JsonObject> list(String path) {
        var all = new ArrayList<JsonObject>();
        String more = path + (path.contains("?") ? "&" : "?") + "pageSize=" + PAGE;
        String next = more;
        while (next != null && all.size() < MOST_ITEMS) {
            JsonObject page = get(next);
            JsonArray items = page.getJsonArray("items");
            for (int i = 0; i < items.size(); i++) {
                all.add(items.getJsonObject(i));
            }
            String token = page.getString("nextPageToken");
            next = token == null ? null : more + "&pageToken=" + encoded(token);
        }
        return all;
    }

    /** Returns the first items of a list. @param path ends with ? or &amp; */
    List<JsonObject> first(String path, int wanted) {
        var found = new ArrayList<JsonObject>();
        String more = path + "pageSize=" + Math.max(1, Math.min(wanted, MOST_OF_PAGE));
        String next = more;
        while (next != null && found.size() < wanted) {
            JsonObject page = get(next);
            JsonArray items = page.getJsonArray("items");
            for (int i = 0; i < items.size() && found.size() < wanted; i++) {
                found.add(items.getJsonObject(i));
            }
            String token = page.getString("nextPageToken");
            next = token == null ? null : more + "&pageToken=" + encoded(token);
        }
        return found;
    }

    /** Makes what the body says; it carries a key of its own, so that it is made once however often it arrives. */
    JsonObject create(String path, JsonObject body) {
        return send(
                        "POST",
                        path,
                        BodyPublishers.ofString(body.encode()),
                        ANSWER,
                        "Content-Type",
                        "application/json",
                        "Idempotency-Key",
                        UUID.randomUUID().toString())
                .json();
    }
}

package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Calls {@code /v1/files} and {@code /v1/batches} with a key. */
public final class BatchClient {
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private static final String BOUNDARY = "----test-boundary";

    private final String base;
    private final String key;

    public BatchClient(String base, String key) {
        this.base = base;
        this.key = key;
    }

    public record Answer(int status, String text) {
        public JsonObject json() {
            return new JsonObject(text);
        }

        public String code() {
            return json().getJsonObject("error").getString("code");
        }

        public String param() {
            return json().getJsonObject("error").getString("param");
        }
    }

    private static String field(String name, String value) {
        return "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }

    /** @param fields names and values in turn; they come behind the file */
    public Answer upload(String lines, String... fields) {
        var body = new StringBuilder("--" + BOUNDARY
                + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"lines.jsonl\"\r\n"
                + "Content-Type: application/jsonl\r\n\r\n" + lines + "\r\n");
        for (int i = 0; i < fields.length; i += 2) {
            body.append(field(fields[i], fields[i + 1]));
        }
        body.append("--" + BOUNDARY + "--\r\n");
        return send(request("/v1/files")
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
    }

    /** The id of a file for batches. */
    public String file(String lines) {
        Answer made = upload(lines, "purpose", "batch");
        assertThat(made.status()).as(made.text()).isEqualTo(200);
        return made.json().getString("id");
    }

    public Answer create(String fileId, String... headers) {
        var body = new JsonObject()
                .put("input_file_id", fileId)
                .put("endpoint", "/v1/chat/completions")
                .put("completion_window", "24h");
        return post("/v1/batches", body, headers);
    }

    /** The id of a batch of these lines. */
    public String begin(String lines) {
        Answer made = create(file(lines));
        assertThat(made.status()).as(made.text()).isEqualTo(200);
        return made.json().getString("id");
    }

    public JsonObject batch(String id) {
        Answer found = get("/v1/batches/" + id);
        assertThat(found.status()).as(found.text()).isEqualTo(200);
        return found.json();
    }

    /** The lines of a file. */
    public List<JsonObject> lines(String fileId) {
        Answer found = get("/v1/files/" + fileId + "/content");
        assertThat(found.status()).as(found.text()).isEqualTo(200);
        var lines = new ArrayList<JsonObject>();
        found.text().lines().forEach(line -> lines.add(new JsonObject(line)));
        return lines;
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    public Answer delete(String path) {
        return send(request(path).DELETE());
    }

    public Answer post(String path, JsonObject body, String... headers) {
        HttpRequest.Builder request = request(path).header("Content-Type", "application/json");
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.POST(
                body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body.encode())));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + key);
    }

    private static Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(answer.statusCode(), answer.body());
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            throw new AssertionError(cause);
        }
    }
}

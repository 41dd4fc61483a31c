package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectStore.UrlRequest;
import io.aiwm.controller.objects.SignedUrls;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the controller serves under the URLs that it has signed. */
@Timeout(60)
class SignedObjectsTest {
    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private LocalObjectStore store;
    private String base;

    @BeforeEach
    void start() throws Exception {
        var urls = new SignedUrls("a key of thirty-two bytes or more", () -> now);
        store = new LocalObjectStore(vertx, folder.resolve("objects"), urls);
        store.open().await();
        store.put("models/a.gguf", Files.writeString(folder.resolve("a"), "0123456789"))
                .await();
        var handler = new SignedObjects(store, urls).mount().handler().apply(null);
        int port = vertx.createHttpServer()
                .requestHandler(handler)
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
        base = "http://127.0.0.1:" + port;
    }

    @AfterEach
    void stop() {
        vertx.close().await();
    }

    private String url(String key, String fileName) {
        return store.signedUrl(key, new UrlRequest(Duration.ofMinutes(5), fileName, null, base))
                .await()
                .url();
    }

    private HttpResponse<String> ask(String method, String url, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url)).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static Optional<String> header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name);
    }

    @Test
    void it_is_served_whole_under_its_file_name() throws Exception {
        var answer = ask("GET", url("models/a.gguf", "Größe \"1\".gguf"), "Accept-Encoding", "gzip");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("0123456789");
        assertThat(header(answer, "Content-Length")).contains("10");
        assertThat(header(answer, "Content-Type")).contains("application/octet-stream");
        assertThat(header(answer, "Content-Disposition"))
                .contains("attachment; filename=\"Gr__e _1_.gguf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.gguf");
        var head = ask("HEAD", url("models/a.gguf", null));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(header(head, "Content-Length")).contains("10");
        assertThat(header(head, "Content-Disposition").orElseThrow()).contains("\"a.gguf\"");
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, bytes 0-0/10",
        "bytes=3-5, 345, bytes 3-5/10",
        "bytes=8-, 89, bytes 8-9/10",
        "bytes=8-99, 89, bytes 8-9/10",
        "bytes=-3, 789, bytes 7-9/10",
        "bytes=-99, 0123456789, bytes 0-9/10"
    })
    void a_range_is_served_alone(String range, String body, String contentRange) throws Exception {
        var answer = ask("GET", url("models/a.gguf", null), "Range", range);
        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(answer.body()).isEqualTo(body);
        assertThat(header(answer, "Content-Range")).contains(contentRange);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"bytes=5-3", "bytes=a-", "bytes=-", "items=0-1", "bytes=0-1,3-4", "bytes=9999999999999999999-"})
    void a_range_that_is_none_is_ignored(String range) throws Exception {
        var answer = ask("GET", url("models/a.gguf", null), "Range", range);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("0123456789");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=10-", "bytes=10-20", "bytes=-0"})
    void a_range_beyond_the_end_is_refused_with_the_size(String range) throws Exception {
        var answer = ask("GET", url("models/a.gguf", null), "Range", range);
        assertThat(answer.statusCode()).isEqualTo(416);
        assertThat(header(answer, "Content-Range")).contains("bytes */10");
    }

    @Test
    void a_range_of_another_version_is_the_whole_of_this_one() throws Exception {
        String etag = header(ask("HEAD", url("models/a.gguf", null)), "ETag").orElseThrow();
        assertThat(ask("GET", url("models/a.gguf", null), "Range", "bytes=1-2", "If-Range", etag)
                        .body())
                .isEqualTo("12");
        assertThat(ask("GET", url("models/a.gguf", null), "If-None-Match", etag).statusCode())
                .isEqualTo(304);
        store.put("models/a.gguf", Files.writeString(folder.resolve("b"), "abcdefghijk"))
                .await();
        var other = ask("GET", url("models/a.gguf", null), "Range", "bytes=1-2", "If-Range", etag);
        assertThat(other.statusCode()).isEqualTo(200);
        assertThat(other.body()).isEqualTo("abcdefghijk");
    }

    @Test
    void a_signature_is_good_for_one_url_until_it_expires() throws Exception {
        store.put("models/b.gguf", Files.writeString(folder.resolve("b"), "other"))
                .await();
        String url = url("models/a.gguf", null);
        for (String wrong : new String[] {
            url.replace("a.gguf", "b.gguf"),
            url.replaceAll("expires=\\d+", "expires=99999999999"),
            url.replace("&signature", "&contentType=text/html&signature"),
            url.substring(0, url.length() - 1),
            url.replaceAll("signature=.*", "signature="),
            url.replaceAll("\\?.*", ""),
            base + "/objects/",
            url + "&signature=x"
        }) {
            assertThat(ask("GET", wrong).statusCode()).as(wrong).isEqualTo(403);
        }
        now = now.plusSeconds(299);
        assertThat(ask("GET", url).statusCode()).isEqualTo(200);
        now = now.plusSeconds(1);
        var expired = ask("GET", url);
        assertThat(expired.statusCode()).isEqualTo(403);
        assertThat(expired.body()).contains("expired");
    }

    @Test
    void another_key_signs_other_urls_and_what_is_gone_is_not_found() throws Exception {
        var others = new SignedUrls("another key of thirty-two bytes..", () -> now);
        var theirs = new LocalObjectStore(vertx, folder.resolve("objects"), others);
        String url = theirs.signedUrl("models/a.gguf", new UrlRequest(Duration.ofMinutes(5), null, null, base))
                .await()
                .url();
        assertThat(ask("GET", url).statusCode()).isEqualTo(403);
        theirs.close().await();
        assertThat(ask("GET", url("models/none", null)).statusCode()).isEqualTo(404);
        assertThat(ask("GET", url("models", null)).statusCode()).isEqualTo(404);
        assertThat(ask("DELETE", url("models/a.gguf", null)).statusCode()).isEqualTo(405);
    }

    @Test
    void what_no_url_can_say_is_refused_with_its_field() {
        assertThat(refused(Duration.ofMillis(999), "a", null)).startsWith("/expiresIn");
        assertThat(refused(Duration.ofDays(8), "a", null)).startsWith("/expiresIn");
        assertThat(refused(Duration.ofMinutes(1), "a\r\nX: y", null)).startsWith("/fileName");
        assertThat(refused(Duration.ofMinutes(1), "a", "text/html\r\nX: y")).startsWith("/contentType");
    }

    private String refused(Duration expires, String name, String type) {
        try {
            return store.signedUrl("models/a.gguf", new UrlRequest(expires, name, type, base))
                    .await()
                    .url();
        } catch (Failure refused) {
            assertThat(refused.kind).isEqualTo(Failure.Kind.INVALID);
            return refused.getMessage();
        }
    }
}

package io.aiwm.controller.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.minio.ListObjectsArgs;
import io.minio.MinioClient;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.junit.S3ProxyJunitCore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class S3ObjectStoreTest extends ObjectStoreContract {
    private static final String ACCESS_KEY = "test-access";
    private static final String SECRET_KEY = "test-secret";

    private static final S3ProxyJunitCore SERVER = new S3ProxyJunitCore.Builder()
            .withCredentials(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
            .withBlobStoreProvider("transient-nio2")
            .build();
    private static int bucket;

    @BeforeAll
    static void startServer() throws Exception {
        SERVER.beforeEach();
    }

    @AfterAll
    static void stopServer() {
        SERVER.afterEach();
    }

    private Config.ObjectStorage config(String secret) {
        return new Config.ObjectStorage(
                SERVER.getUri().getHost(),
                folder,
                SERVER.getUri().getPort(),
                new Config.ServerTls(false, null),
                new Config.S3Keys(ACCESS_KEY, secret),
                "bucket-" + bucket,
                null);
    }

    @Override
    ObjectStore fresh() {
        bucket++;
        return new S3ObjectStore(vertx, config(SECRET_KEY));
    }

    @Override
    ObjectStore beside() {
        return new S3ObjectStore(vertx, config(SECRET_KEY));
    }

    @Override
    List<String> leftovers() throws Exception {
        var left = new ArrayList<String>();
        store.pendingUploads("", 1_000).await().forEach(upload -> left.add(upload.toString()));
        var client = MinioClient.builder()
                .endpoint(SERVER.getUri().toString())
                .credentials(ACCESS_KEY, SECRET_KEY)
                .build();
        for (var object : client.listObjects(ListObjectsArgs.builder()
                .bucket("bucket-" + bucket)
                .prefix(".")
                .recursive(true)
                .build())) {
            if (object.get().objectName().startsWith(".")) { // S3Proxy lists everything under this prefix
                left.add(object.get().objectName());
            }
        }
        return left;
    }

    /** More than a page of the server. */
    @Override
    int many() {
        return 2_001;
    }

    private S3ObjectStore through(CuttingProxy proxy) {
        var direct = config(SECRET_KEY);
        var config = new Config.ObjectStorage(
                direct.endpoint(),
                direct.folder(),
                proxy.port(),
                new Config.ServerTls(false, null),
                new Config.S3Keys(ACCESS_KEY, SECRET_KEY),
                direct.bucket(),
                null);
        var cut = new S3ObjectStore(vertx, config);
        cut.open().await();
        return cut;
    }

    @Test
    void a_part_cut_in_the_middle_is_sent_again() throws Exception {
        var proxy = new CuttingProxy(vertx, SERVER.getUri().getPort());
        var cut = through(proxy);
        byte[] piece = new byte[1 << 20];
        new Random(1).nextBytes(piece);
        var upload = cut.beginUpload("models/a", -1).await();
        proxy.cut(2, 3 << 20);
        upload.append(Pieces.of(vertx, Buffer.buffer(piece), 19)).await();
        assertThat(proxy.cuts).hasValue(2);
        var all = Buffer.buffer();
        for (int i = 0; i < 19; i++) {
            all.appendBytes(piece);
        }
        assertThat(upload.complete().await().sha256()).isEqualTo(Sha256.hex(all.getBytes()));
        assertThat(read("models/a", 0, -1)).isEqualTo(all);
        assertThat(leftovers()).isEmpty();
        cut.close().await();
    }

    @Test
    void a_server_that_stays_away_fails_the_request_and_what_it_had_before_is_continued() throws Exception {
        var proxy = new CuttingProxy(vertx, SERVER.getUri().getPort());
        var cut = through(proxy);
        byte[] piece = new byte[1 << 20];
        new Random(2).nextBytes(piece);
        var upload = cut.beginUpload("models/a", 30 << 20).await();
        upload.append(Pieces.of(vertx, Buffer.buffer(piece), 10)).await();
        proxy.cut(Integer.MAX_VALUE, 1 << 20);
        Failure away = refusal(upload.append(Pieces.of(vertx, Buffer.buffer(piece), 20)));
        assertThat(away.kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(away.retryable()).isTrue();
        assertThat(upload.offset()).isEqualTo(10 << 20);
        proxy.cut(0, 0);
        var again = cut.resumeUpload("models/a", upload.id(), 30 << 20).await();
        assertThat(again.offset()).isEqualTo(10 << 20);
        again.append(Pieces.of(vertx, Buffer.buffer(piece), 20)).await();
        var all = Buffer.buffer();
        for (int i = 0; i < 30; i++) {
            all.appendBytes(piece);
        }
        assertThat(again.complete().await().sha256()).isEqualTo(Sha256.hex(all.getBytes()));
        assertThat(leftovers()).isEmpty();
        cut.close().await();
    }

    @Test
    void a_signed_url_names_the_server_as_clients_reach_it_and_is_good_for_its_object_until_it_expires()
            throws Exception {
        var proxy = new CuttingProxy(vertx, SERVER.getUri().getPort());
        var direct = config(SECRET_KEY);
        var outside = new S3ObjectStore(
                vertx,
                new Config.ObjectStorage(
                        direct.endpoint(),
                        direct.folder(),
                        direct.port(),
                        new Config.ServerTls(false, null),
                        new Config.S3Keys(ACCESS_KEY, SECRET_KEY),
                        direct.bucket(),
                        URI.create("http://127.0.0.1:" + proxy.port())));
        store.put("models/a", Pieces.of(vertx, Buffer.buffer("0123456789"), 1), 100)
                .await();
        var request = new ObjectStore.UrlRequest(Duration.ofSeconds(2), "my model.gguf", null, null);
        var url = outside.signedUrl("models/a", request).await();
        var http = HttpClient.newHttpClient();
        assertThat(url.url()).startsWith("http://127.0.0.1:" + proxy.port() + "/");
        var answer = get(http, url.url(), "bytes=3-5");
        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(answer.body()).isEqualTo("345");
        assertThat(answer.headers().firstValue("Content-Disposition").orElseThrow())
                .contains("my model.gguf");
        assertThat(get(http, url.url().replace("models/a", "models/b"), "bytes=0-")
                        .statusCode())
                .isEqualTo(403);
        assertThat(get(http, url.url() + "0", "bytes=0-").statusCode()).isEqualTo(403);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> get(http, url.url(), "bytes=0-").statusCode() == 403);
        assertThat(Instant.now()).isAfterOrEqualTo(url.expiresAt().minusSeconds(1));
        outside.close().await();
    }

    private static HttpResponse<String> get(HttpClient http, String url, String range) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(url)).header("Range", range).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void wrong_credentials_are_said_to_be_the_server_s_refusal_without_showing_them() {
        var stranger = new S3ObjectStore(vertx, config("wrong-secret"));
        Failure refused = refusal(stranger.open());
        assertThat(refused.kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(refused.getMessage()).contains("objectStorage.endpoint").doesNotContain("wrong-secret");
        stranger.close().await();
    }
}

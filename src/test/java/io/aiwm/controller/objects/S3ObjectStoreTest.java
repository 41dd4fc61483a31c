package io.aiwm.controller.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
                false,
                ACCESS_KEY,
                secret,
                "bucket-" + bucket);
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
    List<Path> leftovers() throws IOException {
        return List.of();
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

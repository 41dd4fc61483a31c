package io.aiwm.controller.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.protocol.ContainerSpec.RegistryAuth;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A stored secret becomes the password in what is sent, and only there. */
@Timeout(60)
class RegistryPasswordsTest {
    private static final RegistryAuth NAMED = new RegistryAuth(null, "ci", null, "registry");

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private SqliteStore store;
    private StoredSecrets secrets;
    private RegistryPasswords passwords;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(StoredSecrets.COLLECTION)).await();
        secrets = new StoredSecrets(vertx, store, Instant::now, new SecretCipher(new byte[32], List.of()));
        passwords = new RegistryPasswords(secrets);
    }

    @AfterEach
    void close() {
        store.close().await();
        vertx.close().await();
    }

    private static JsonObject container() {
        return new JsonObject()
                .put("image", "web:1")
                .put("registryAuth", new JsonObject().put("username", "ci").put("secret", "registry"));
    }

    @Test
    void the_newest_value_is_sent_and_the_stored_data_stays() {
        secrets.put("registry", new SecretValue("first", null), "test", null).await();
        secrets.put("registry", new SecretValue("second", null), "test", null).await();
        var deployment = new JsonObject().put("spec", container());

        var sent = passwords.added(deployment).await().getJsonObject("spec");
        assertThat(sent.getJsonObject("registryAuth"))
                .isEqualTo(new JsonObject().put("username", "ci").put("password", "second"));
        assertThat(deployment).isEqualTo(new JsonObject().put("spec", container()));

        var job = container();
        assertThat(passwords.added(job).await().getJsonObject("registryAuth").getString("password"))
                .isEqualTo("second");
        assertThat(job).isEqualTo(container());
    }

    @Test
    void what_names_no_secret_is_sent_as_it_is() {
        var plain = new JsonObject().put("spec", new JsonObject().put("image", "web:1"));
        assertThat(passwords.added(plain).await()).isSameAs(plain);
        var stop = new JsonObject().put("deploymentId", "dep_1");
        assertThat(passwords.added(stop).await()).isSameAs(stop);
    }

    @Test
    void a_secret_that_is_gone_keeps_its_name_in_what_is_sent_and_is_refused_in_what_is_asked_for() {
        assertThat(passwords.added(container()).await()).isEqualTo(container());
        assertThatThrownBy(() -> passwords.check(NAMED, "/spec/registryAuth").await())
                .isInstanceOfSatisfying(Failure.class, failure -> {
                    assertThat(failure.kind).isEqualTo(Failure.Kind.UNPROCESSABLE);
                    assertThat(failure.errors.get(0).pointer()).isEqualTo("/spec/registryAuth/secret");
                });
        passwords.check(null, "/spec/registryAuth").await();
        passwords
                .check(new RegistryAuth(null, "ci", "known", null), "/spec/registryAuth")
                .await();
    }

    @Test
    void a_password_or_a_secret_is_needed_and_never_both() {
        assertThat(wrong(null)).isEmpty();
        assertThat(wrong(NAMED)).isEmpty();
        assertThat(wrong(new RegistryAuth(null, "ci", "known", null))).isEmpty();
        assertThat(wrong(new RegistryAuth(null, "ci", null, null))).containsExactly("/registryAuth");
        assertThat(wrong(new RegistryAuth(null, null, null, "registry"))).containsExactly("/registryAuth");
        assertThat(wrong(new RegistryAuth(null, "ci", "known", "registry"))).containsExactly("/registryAuth/secret");
    }

    private static List<String> wrong(RegistryAuth auth) {
        var pointers = new ArrayList<String>();
        RegistryPasswords.rules(auth, "/registryAuth", (pointer, detail) -> pointers.add(pointer));
        return pointers;
    }
}

package io.aiwm.controller.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.testing.LogLines;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Values are sealed in the store, and open only with their key, for their name and number. */
@Timeout(60)
class StoredSecretsTest {
    private static final String CANARY = "canary-8c1f5a";
    private static final byte[] KEY = key(1);
    private static final byte[] OTHER_KEY = key(2);

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Instant now = Instant.parse("2026-11-27T08:00:00Z");
    private SqliteStore store;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(StoredSecrets.COLLECTION, SecretKeyUse.COLLECTION)).await();
    }

    @AfterEach
    void close() {
        store.close().await();
        vertx.close().await();
    }

    private static byte[] key(int seed) {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) seed);
        return key;
    }

    private StoredSecrets secrets(SecretCipher cipher) {
        return new StoredSecrets(vertx, store, () -> now, cipher);
    }

    private StoredSecrets secrets(byte[] key, byte[]... previous) {
        return secrets(new SecretCipher(key, List.of(previous)));
    }

    private SecretKeyUse keyUse(boolean alone, byte[] key, byte[]... previous) {
        var cipher = new SecretCipher(key, List.of(previous));
        return new SecretKeyUse(secrets(cipher), cipher, store, () -> now, alone);
    }

    private static List<String> errors(LogLines log) {
        return log.shown().stream().filter(line -> line.startsWith("ERROR")).toList();
    }

    private static StoredSecrets.Put put(StoredSecrets secrets, String name, String value) {
        return secrets.put(name, new SecretValue(value, null), "ada", null).await();
    }

    @Test
    void a_value_is_replaced_counted_and_read() {
        StoredSecrets secrets = secrets(KEY);
        assertThat(put(secrets, "hf", "one").created()).isTrue();
        now = now.plusSeconds(5);
        var second =
                secrets.put("hf", new SecretValue("two", "gated"), "eve", null).await();
        assertThat(second.created()).isFalse();
        assertThat(secrets.value("hf").await()).isEqualTo("two");
        StoredSecret stored = secrets.get("hf").await().secret();
        assertThat(stored.number()).isEqualTo(2);
        assertThat(List.of(stored.createdBy(), stored.updatedBy(), stored.description()))
                .containsExactly("ada", "eve", "gated");
        assertThat(Duration.between(stored.createdAt(), stored.updatedAt())).hasSeconds(5);
        put(secrets, "hf", "three");
        assertThat(secrets.get("hf").await().secret().description()).isEqualTo("gated");
    }

    @Test
    void values_that_are_set_at_once_each_have_a_number() {
        StoredSecrets secrets = secrets(KEY);
        var puts = new ArrayList<Future<StoredSecrets.Put>>();
        for (int i = 0; i < 20; i++) {
            puts.add(secrets.put("hf", new SecretValue("value " + i, null), "ada", null));
        }
        Future.all(puts).await();
        assertThat(secrets.get("hf").await().secret().number()).isEqualTo(20);
        assertThat(secrets.value("hf").await()).startsWith("value ");
        assertThat(puts.stream().filter(put -> put.result().created())).hasSize(1);
    }

    @Test
    void neither_the_file_nor_a_text_of_ours_has_the_value() throws Exception {
        StoredSecrets secrets = secrets(KEY);
        put(secrets, "hf", CANARY);
        store.close().await();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(CANARY);
            }
        }
        open();
        assertThat(secrets(KEY).get("hf").await().toString()).doesNotContain(CANARY);
        assertThat(new SecretValue(CANARY, null).toString()).doesNotContain(CANARY);
    }

    /** The sealed text of one, written over another's or over a later number's. */
    @Test
    void a_sealed_value_opens_for_its_name_and_number_alone() {
        var cipher = new SecretCipher(KEY, List.of());
        SecretCipher.Sealed sealed = cipher.seal("hf", 1, CANARY);
        assertThat(cipher.open("hf", 1, sealed)).contains(CANARY);
        assertThat(cipher.open("other", 1, sealed)).isEmpty();
        assertThat(cipher.open("hf", 2, sealed)).isEmpty();
        assertThat(cipher.seal("hf", 1, CANARY)).isNotEqualTo(sealed);
        assertThat(new SecretCipher(OTHER_KEY, List.of()).open("hf", 1, sealed)).isEmpty();
        for (String spoiled : List.of("", "AAAA", "not base64!", sealed.text().substring(4))) {
            assertThat(cipher.open("hf", 1, new SecretCipher.Sealed(sealed.keyId(), spoiled)))
                    .as(spoiled)
                    .isEmpty();
        }
    }

    @Test
    void one_that_cannot_be_read_is_shown_as_such_beside_the_others_and_can_be_set_anew() {
        put(secrets(OTHER_KEY), "foreign", CANARY);
        StoredSecrets secrets = secrets(KEY);
        put(secrets, "mine", CANARY);
        put(secrets, "spoiled", CANARY);
        var document = store.get("secrets", "spoiled").await();
        var json = new JsonObject(document.json()).put("number", 7);
        store.replaceIf(
                        "secrets",
                        new DocumentStore.Document(
                                "spoiled", 2, json.put("version", 2).encode()))
                .await();

        assertThat(secrets.find(10, null).await().items())
                .extracting(one -> one.secret().id() + " " + one.readable())
                .containsExactlyInAnyOrder("foreign false", "mine true", "spoiled false");
        assertThat(secrets.countByReadable().await()).isEqualTo(Map.of(true, 2L, false, 1L));
        assertThatThrownBy(() -> secrets.value("foreign").await())
                .hasMessageContaining("secret foreign cannot be read", "secrets.key");
        put(secrets, "foreign", "again");
        assertThat(secrets.value("foreign").await()).isEqualTo("again");
    }

    @Test
    void values_are_sealed_anew_with_the_key_of_now_and_the_earlier_one_can_go() {
        put(secrets(OTHER_KEY), "hf", CANARY);
        keyUse(true, KEY, OTHER_KEY).run().await();
        StoredSecrets secrets = secrets(KEY);
        assertThat(secrets.value("hf").await()).isEqualTo(CANARY);
        StoredSecret stored = secrets.get("hf").await().secret();
        assertThat(stored.number()).isEqualTo(1);
        long version = stored.version();
        keyUse(true, KEY, OTHER_KEY).run().await();
        assertThat(secrets.get("hf").await().secret().version()).isEqualTo(version);
    }

    @Test
    void a_start_with_another_key_says_how_many_it_cannot_read() {
        put(secrets(OTHER_KEY), "hf", CANARY);
        try (var log = new LogLines(SecretKeyUse.class)) {
            keyUse(true, KEY).run().await();
            assertThat(errors(log))
                    .singleElement()
                    .asString()
                    .contains("1 stored secrets are sealed with key", "secrets.previousKeys");
        }
    }

    @Test
    void two_controllers_with_different_keys_say_so_before_anything_is_stored() {
        keyUse(false, OTHER_KEY).run().await();
        try (var log = new LogLines(SecretKeyUse.class)) {
            SecretKeyUse second = keyUse(false, KEY);
            second.run().await();
            second.run().await();
            assertThat(errors(log)).singleElement().asString().contains("another controller", "the same secrets.key");
            keyUse(false, KEY, OTHER_KEY).run().await();
            now = now.plus(Duration.ofMinutes(6));
            keyUse(false, KEY).run().await();
            keyUse(false, KEY).run().await();
            assertThat(errors(log)).as("one that runs no more").hasSize(1);
        }
    }

    @Test
    void while_a_key_is_exchanged_controllers_do_not_seal_anew_in_turn() {
        SecretKeyUse before = keyUse(false, OTHER_KEY, KEY);
        SecretKeyUse after = keyUse(false, KEY, OTHER_KEY);
        StoredSecrets secrets = secrets(KEY, OTHER_KEY);
        put(secrets(OTHER_KEY), "old", CANARY);
        before.run().await();
        after.run().await();
        put(secrets, "new", CANARY);
        before.run().await();
        after.run().await();
        assertThat(List.of(
                        secrets.get("old").await().secret().version(),
                        secrets.get("new").await().secret().version()))
                .containsExactly(1L, 1L);
        now = now.plus(Duration.ofMinutes(6));
        after.run().await();
        assertThat(secrets(KEY).value("old").await()).isEqualTo(CANARY);
    }

    @Test
    void what_is_used_is_not_deleted_unless_forced() {
        StoredSecrets secrets = secrets(KEY);
        put(secrets, "hf", CANARY);
        secrets.usedBy(name -> Future.succeededFuture(
                name.equals("hf") ? List.of(new SecretUsers.Use("execution", "ex_1", "download")) : List.of()));
        assertThatThrownBy(() -> secrets.delete("hf", "ada", false, null).await())
                .satisfies(cause -> assertThat(Failure.of(cause).kind).isEqualTo(Failure.Kind.CONFLICT))
                .hasMessageContaining("execution download (ex_1)");
        assertThatThrownBy(() -> secrets.delete("hf", "ada", true, 7L).await())
                .satisfies(cause -> assertThat(Failure.of(cause).kind).isEqualTo(Failure.Kind.PRECONDITION));
        secrets.delete("hf", "ada", true, 1L).await();
        assertThatThrownBy(() -> secrets.value("hf").await()).hasMessageContaining("secret hf does not exist");
        assertThatThrownBy(() -> secrets.delete("hf", "ada", true, null).await())
                .hasMessageContaining("secret hf does not exist");
    }

    @Test
    void the_thousand_first_is_refused_and_the_others_can_still_be_set() {
        StoredSecrets secrets = secrets(KEY);
        var puts = new ArrayList<Future<StoredSecrets.Put>>();
        for (int i = 0; i < StoredSecrets.MOST_SECRETS; i++) {
            puts.add(secrets.put("s" + i, new SecretValue("x", null), "ada", null));
        }
        Future.all(puts).await();
        assertThatThrownBy(() -> put(secrets, "more", "x"))
                .satisfies(cause -> assertThat(Failure.of(cause).kind).isEqualTo(Failure.Kind.CONFLICT))
                .hasMessageContaining("1000");
        assertThat(put(secrets, "s7", "y").created()).isFalse();
    }
}

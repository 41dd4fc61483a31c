package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterKeyTest {
    private static final String TOKEN_KEY = "one key for both controllers, 32 bytes or more";

    @TempDir
    Path folder;

    private Config config(String data, Map<String, String> more) {
        var settings = new HashMap<>(Map.of("dataDir", folder.resolve(data).toString(), "auth.jwtKey", TOKEN_KEY));
        settings.putAll(more);
        return ConfigLoader.of(Mode.CONTROLLER, settings);
    }

    private Config config(String data) {
        return config(data, Map.of());
    }

    private Path file(String data) {
        return folder.resolve(data).resolve("cluster.key");
    }

    private static String key(int of) {
        byte[] bytes = new byte[32];
        bytes[0] = (byte) of;
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private void write(String data, String text, String permissions) throws IOException {
        Files.createDirectories(folder.resolve(data));
        Files.writeString(file(data), text);
        Files.setPosixFilePermissions(file(data), PosixFilePermissions.fromString(permissions));
    }

    @Test
    void controllers_with_one_token_key_have_one_cluster_key_and_others_another() throws IOException {
        String first = ClusterKeyFile.print(config("a"));
        assertThat(ClusterKeyFile.print(config("b"))).isEqualTo(first);
        assertThat(ClusterKeyFile.print(config("a"))).isEqualTo(first);
        assertThat(ClusterKeyFile.print(
                        config("c", Map.of("auth.jwtKey", "another key for controllers, 32 bytes or more"))))
                .isNotEqualTo(first);
        assertThat(Base64.getUrlDecoder().decode(first)).hasSize(32);
        assertThat(first).doesNotContain(TOKEN_KEY);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file("a"))))
                .isEqualTo("rw-------");
        try (var left = Files.list(folder.resolve("a"))) {
            assertThat(left.filter(each -> each.toString().endsWith(".new"))).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw-rw-rw-", "rwx--x---", "rw-----w-"})
    void a_file_that_others_can_use_is_refused_by_name(String permissions) throws IOException {
        write("a", key(1), permissions.substring(0, 9));
        assertThatThrownBy(() -> ClusterKeyFile.print(config("a")))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining(file("a").toString())
                .hasMessageContaining("chmod 600");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n ", "short", "not base64url ÿ", "a b c", "====", "\u0000"})
    void what_is_no_key_is_refused_by_name_and_not_shown(String text) throws IOException {
        write("a", text, "rw-------");
        assertThatThrownBy(() -> ClusterKeyFile.print(config("a")))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("cluster.key in " + file("a"))
                .hasMessageContaining("aiwm cluster key");
        assertThat(ClusterKey.unfit(text)).isPresent();
    }

    @Test
    void one_key_or_two_are_read_however_they_are_parted_and_three_are_not() {
        for (String between : List.of("\n", " ", ",", "\r\n", ", ")) {
            String text = key(1) + between + key(2);
            assertThat(ClusterKey.unfit(text)).isEmpty();
            assertThat(ClusterKey.parse(text).text()).isEqualTo(key(1) + "\n" + key(2));
        }
        assertThat(ClusterKey.unfit(key(1) + "=")).isEmpty();
        assertThat(ClusterKey.unfit(null)).isEmpty();
        assertThat(ClusterKey.unfit(key(1) + "\n" + key(2) + "\n" + key(3))).isPresent();
        assertThat(ClusterKey.unfit(key(1) + "\n" + key(2).substring(1))).isPresent();
        assertThat(ClusterKey.parse(key(1)).toString()).doesNotContain(key(1));
    }

    @Test
    void each_purpose_has_keys_of_its_own_the_newest_first() {
        var both = ClusterKey.parse(key(2) + "\n" + key(1));
        assertThat(both.derive("x").get(0))
                .isEqualTo(ClusterKey.parse(key(2)).derive("x").get(0));
        assertThat(both.derive("x").get(1))
                .isEqualTo(ClusterKey.parse(key(1)).derive("x").get(0));
        assertThat(both.derive("x").get(0)).isNotEqualTo(both.derive("y").get(0));
    }

    @Test
    void a_rotation_puts_a_fresh_key_first_and_is_ended_by_dropping_the_old_one() throws IOException {
        String old = ClusterKeyFile.print(config("a"));
        List<String> both = ClusterKeyFile.rotate(config("a")).lines().toList();
        assertThat(both).hasSize(2).last().isEqualTo(old);
        assertThat(Files.readString(file("a")).lines()).isEqualTo(both);
        assertThatThrownBy(() -> ClusterKeyFile.rotate(config("a")))
                .as("a third key would throw the first out, which members still have")
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("--drop-old");
        assertThat(ClusterKeyFile.dropOld(config("a"))).isEqualTo(both.get(0));
        assertThat(ClusterKeyFile.dropOld(config("a"))).isEqualTo(both.get(0));
        assertThat(ClusterKeyFile.print(config("a"))).isEqualTo(both.get(0)).isNotEqualTo(old);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file("a"))))
                .isEqualTo("rw-------");
        assertThat(ClusterKeyFile.rotate(config("a")).lines().toList())
                .hasSize(2)
                .last()
                .isEqualTo(both.get(0));
    }

    @Test
    void a_configured_key_counts_writes_no_file_and_is_not_rotated_here() {
        Config configured = config("a", Map.of("cluster.key", key(7)));
        assertThat(ClusterKeyFile.print(configured)).isEqualTo(key(7));
        assertThat(file("a")).doesNotExist();
        for (Runnable change :
                List.<Runnable>of(() -> ClusterKeyFile.rotate(configured), () -> ClusterKeyFile.dropOld(configured))) {
            assertThatThrownBy(change::run).isInstanceOf(StartFailure.class).hasMessageContaining("configured");
        }
        assertThatThrownBy(() -> config("a", Map.of("cluster.key", "short"))).hasMessageContaining("cluster.key");
    }

    @Test
    void a_worker_makes_no_key_and_says_where_it_comes_from() throws IOException {
        Config worker = ConfigLoader.of(
                Mode.WORKER, new HashMap<>(Map.of("dataDir", folder.resolve("w").toString())));
        assertThatThrownBy(() -> ClusterKey.open(worker, null))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("aiwm cluster key")
                .hasMessageContaining("CONTROLLER_WS_URL");
        assertThat(file("w")).doesNotExist();
        write("w", key(3) + "\n", "rw-------");
        assertThat(ClusterKey.open(worker, null).text()).isEqualTo(key(3));
    }

    @Test
    void of_many_processes_that_start_at_once_all_have_the_file_of_one() {
        var made = ConcurrentHashMap.<String>newKeySet();
        Path file = folder.resolve("raced").resolve("secret");
        IntStream.range(0, 40)
                .parallel()
                .forEach(each -> made.add(SecretFile.readOrCreate(file, () -> "secret " + each)));
        assertThat(made).hasSize(1);
        assertThat(SecretFile.readOnly(file)).isEqualTo(made.iterator().next());
        SecretFile.replace(file, "another");
        assertThat(SecretFile.readOnly(file)).isEqualTo("another");
        assertThatThrownBy(() -> SecretFile.readOnly(folder.resolve("none")))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("none");
    }
}

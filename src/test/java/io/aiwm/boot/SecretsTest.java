package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config.Mode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {
    @TempDir
    Path folder;

    @Test
    void the_first_start_makes_them_and_the_next_finds_them() throws Exception {
        Secrets first = Secrets.open(config(Map.of()));
        Secrets second = Secrets.open(config(Map.of()));

        assertThat(second).isEqualTo(first);
        assertThat(first.jwtKey().length()).isGreaterThanOrEqualTo(32);
        assertThat(first.passwordFile()).hasContent(first.adminPassword());
        for (String name : new String[] {"jwt.key", "admin-password"}) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name))))
                    .isEqualTo("rw-------");
        }
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void processes_that_start_together_agree() {
        assertThat(IntStream.range(0, 16)
                        .parallel()
                        .mapToObj(i -> Secrets.open(config(Map.of())))
                        .distinct())
                .hasSize(1);
    }

    @Test
    void what_is_configured_is_taken_and_written_nowhere() throws Exception {
        String key = "0123456789abcdef0123456789abcdef";
        Secrets secrets = Secrets.open(config(Map.of("auth.jwtKey", key, "auth.adminPassword", "correct horse")));

        assertThat(secrets).isEqualTo(new Secrets(key, null, "correct horse", null));
        assertThat(secrets.toString()).doesNotContain("horse");
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void files_others_can_read_and_weak_contents_are_refused() throws Exception {
        Secrets.open(config(Map.of()));
        Path key = folder.resolve("jwt.key");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> Secrets.open(config(Map.of()))).hasMessageContaining("can be read by other users");

        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(key, "short");
        assertThatThrownBy(() -> Secrets.open(config(Map.of())))
                .hasMessageStartingWith("auth.jwtKey in " + key + " is too weak");
    }

    @Test
    void passwords_anybody_tries_first_are_refused() {
        for (String password : new String[] {"admin", "password", "ChangeMe", "12345678", "aaaaaaaaaa"}) {
            assertThatThrownBy(() -> config(Map.of("auth.adminPassword", password)))
                    .as(password)
                    .hasMessageContaining("auth.adminPassword")
                    .hasMessageContaining("too weak");
        }
    }

    private Config config(Map<String, String> settings) {
        var all = new HashMap<>(settings);
        all.put("dataDir", folder.toString());
        return ConfigLoader.of(Mode.CONTROLLER, all);
    }
}

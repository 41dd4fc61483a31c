package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config.Mode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

/** Secrets among the settings. */
class ConfigSecretsTest extends ConfigRig {
    @Test
    void secrets_can_stand_in_files_and_are_never_printed() throws Exception {
        String key = "0123456789abcdef0123456789abcdef";
        Path secret = Files.writeString(folder.resolve("key"), key + "\n");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        environment.put("AIWM_JWT_KEY_FILE", secret.toString());
        environment.put("AIWM_ADMIN_PASSWORD", "correct horse battery");

        ConfigLoader.Loaded loaded = load(Mode.CONTROLLER);

        assertThat(loaded.config().auth().jwtKey()).isEqualTo(key);
        assertThat(loaded.changed())
                .containsExactly(
                        "auth.adminPassword: ********  # environment AIWM_ADMIN_PASSWORD",
                        "auth.jwtKey: ********  # environment AIWM_JWT_KEY_FILE");
        assertThat(loaded.effective()).hasSameSizeAs(Settings.ALL).contains("http.port: 3003  # default");
        assertThat(loaded.config().toString()).doesNotContain(key).doesNotContain("correct horse");
    }

    @Test
    void a_file_with_a_secret_that_others_can_read_is_refused() throws Exception {
        Path secret = Files.writeString(folder.resolve("key"), "0123456789abcdef0123456789abcdef\n");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
        environment.put("AIWM_JWT_KEY_FILE", secret.toString());
        assertThatThrownBy(() -> load(Mode.CONTROLLER))
                .hasMessageContaining("auth.jwtKey (environment AIWM_JWT_KEY_FILE) is in " + secret
                        + ", which other users can read: run chmod 600 on it");
    }

    @Test
    void what_is_printed_in_place_of_a_secret_is_no_secret() {
        environment.put("AIWM_ADMIN_PASSWORD", "********");
        assertThatThrownBy(() -> load(Mode.CONTROLLER))
                .hasMessageContaining(
                        "auth.adminPassword (environment AIWM_ADMIN_PASSWORD) is what 'config print' shows");
    }
}

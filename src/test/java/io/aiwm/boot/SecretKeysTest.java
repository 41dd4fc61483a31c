package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config.Mode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretKeysTest {
    /** With characters of both alphabets of base64. */
    private static final byte[] KEY = key((byte) 0xfb);

    @TempDir
    Path folder;

    private static byte[] key(byte fill) {
        byte[] key = new byte[32];
        java.util.Arrays.fill(key, fill);
        return key;
    }

    private Config config(Map<String, String> settings) {
        var all = new HashMap<>(settings);
        all.put("dataDir", folder.toString());
        return ConfigLoader.of(Mode.CONTROLLER, all);
    }

    @Test
    void the_first_start_makes_a_key_for_its_owner_alone_and_the_next_finds_it() throws Exception {
        SecretKeys first = SecretKeys.open(config(Map.of()));
        assertThat(SecretKeys.open(config(Map.of())).current())
                .isEqualTo(first.current())
                .hasSize(32);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("secrets.key"))))
                .isEqualTo("rw-------");
        Files.setPosixFilePermissions(folder.resolve("secrets.key"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> SecretKeys.open(config(Map.of())))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void configured_keys_are_read_in_either_alphabet_and_written_nowhere() throws Exception {
        String plain = Base64.getEncoder().encodeToString(KEY);
        String url = Base64.getUrlEncoder().withoutPadding().encodeToString(key((byte) 0xff));
        SecretKeys keys =
                SecretKeys.open(config(Map.of("secrets.key", plain, "secrets.previousKeys", url + "\n" + plain)));
        assertThat(plain).contains("+");
        assertThat(keys.current()).isEqualTo(KEY);
        assertThat(keys.previous()).hasSize(2).first().isEqualTo(key((byte) 0xff));
        assertThat(keys.toString() + config(Map.of("secrets.key", plain)).secrets())
                .doesNotContain(plain);
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void what_is_no_key_is_refused_by_its_setting_and_not_repeated() {
        for (String wrong : new String[] {"tooshort", "!!!!", "a b"}) {
            assertThatThrownBy(() -> config(Map.of("secrets.key", wrong)))
                    .hasMessageContaining("secrets.key")
                    .hasMessageNotContaining(wrong);
            assertThatThrownBy(() -> config(Map.of("secrets.previousKeys", wrong)))
                    .hasMessageContaining("secrets.previousKeys");
        }
    }

    @Test
    void controllers_that_share_the_token_key_make_the_same_key_and_keep_it() throws Exception {
        var shared = Map.of("auth.jwtKey", "0123456789abcdef0123456789abcdef");
        byte[] first = SecretKeys.open(config(shared)).current();
        assertThat(SecretKeys.open(config(Map.of())).current()).as("kept").isEqualTo(first);
        Files.delete(folder.resolve("secrets.key"));
        assertThat(SecretKeys.open(config(shared)).current()).isEqualTo(first);
        Files.delete(folder.resolve("secrets.key"));
        assertThat(SecretKeys.open(config(Map.of())).current()).isNotEqualTo(first);
    }
}

package io.aiwm.worker.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.worker.WorkerSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityTest {
    @TempDir
    Path folder;

    @Test
    void a_worker_that_was_told_nothing_makes_up_an_id_and_keeps_it() throws Exception {
        Identity first = load(null, null);

        assertThat(first.nodeId()).matches("host-1-example-[a-z0-9]{5}");
        assertThat(first.nodeToken()).isNull();
        assertThat(load(null, null)).isEqualTo(first);
    }

    @Test
    void a_token_that_was_given_is_used_at_the_next_start() throws Exception {
        new Identity("node-1", "given").store(file());

        assertThat(load(null, null)).isEqualTo(new Identity("node-1", "given"));
        assertThat(load("node-1", "configured")).extracting(Identity::nodeToken).isEqualTo("configured");
    }

    @Test
    void a_configured_token_that_was_renewed_has_its_place_taken_until_another_is_configured() throws Exception {
        Identity first = load("node-1", "configured");
        first.with(null, "renewed").store(file());

        assertThat(load("node-1", "configured")).extracting(Identity::nodeToken).isEqualTo("renewed");
        assertThat(load("node-1", null)).extracting(Identity::nodeToken).isEqualTo("renewed");
        assertThat(load("node-1", "another")).extracting(Identity::nodeToken).isEqualTo("another");
        assertThat(Files.readString(file())).doesNotContain("configured");
    }

    @Test
    void another_nodes_token_is_not_used() throws Exception {
        new Identity("node-1", "given").store(file());

        assertThat(load("node-2", null)).isEqualTo(new Identity("node-2", null));
    }

    @Test
    void a_token_says_whose_it_is() throws Exception {
        String claims = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"sub\":\"node-9\"}".getBytes(StandardCharsets.UTF_8));

        assertThat(load(null, "e30." + claims + ".signature").nodeId()).isEqualTo("node-9");
        assertThat(load(null, "not.a-jwt.x").nodeId()).isEqualTo("node-9");
    }

    private Identity load(String nodeId, String token) throws Exception {
        return Identity.load(file(), WorkerSettings.worker(null, nodeId, token));
    }

    private Path file() {
        return folder.resolve("identity.json");
    }
}

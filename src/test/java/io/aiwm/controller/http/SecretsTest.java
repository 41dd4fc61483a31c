package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class SecretsTest {

    @Test
    void values_are_hidden_by_their_name_at_any_depth() {
        var json = new JsonObject()
                .put("url", "https://example.org")
                .put("inner", new JsonObject().put("Api-Key", "k").put("tokens", 7));
        assertThat(Secrets.masked(json))
                .isEqualTo(new JsonObject()
                        .put("url", "https://example.org")
                        .put(
                                "inner",
                                new JsonObject().put("Api-Key", Secrets.MASK).put("tokens", 7)));
    }

    @Test
    void a_large_name_takes_no_longer_than_reading_it() {
        String name = "token".repeat(300_000) + "\n";
        assertThat(Secrets.masked(new JsonObject().put(name, "x")).getString(name))
                .isEqualTo(Secrets.MASK);
    }
}

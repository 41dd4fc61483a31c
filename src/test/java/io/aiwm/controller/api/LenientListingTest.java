package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class LenientListingTest {
    @Test
    void one_that_cannot_be_shown_is_left_out_and_the_others_are_shown() {
        assertThat(LenientListing.of(List.of("a", "b", "c"), id -> id, id -> {
                    if (id.equals("b")) {
                        throw new ClassCastException("of another time");
                    }
                    return new JsonObject().put("id", id);
                }))
                .extracting(shown -> shown.getString("id"))
                .containsExactly("a", "c");
    }
}

package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Json;
import io.aiwm.protocol.ContainerSpec;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of images, and what else of a spec is read with patterns. */
@Timeout(20)
class ImageNamesTest {

    @ParameterizedTest
    @CsvSource({
        "*, nginx:1, true",
        "*, ghcr.io/any/thing:1, false",
        "*/*, acme/llm:1, true",
        "*/*, EVIL/llm:1, false",
        "acme/*, index.docker.io/acme/llm, true",
        "xdocker.io/*, xindex.docker.io/llm, false",
        "ghcr.io/*/*, ghcr.io/any/thing:1, true",
        "nginx, nginx:1, true",
        "nginx, docker.io/library/nginx, true",
        "nginx:1, nginx:2, false",
        "nginx:latest, nginx, true",
        "ghcr.io/acme/*, ghcr.io/acme/llm:1, true",
        "ghcr.io/acme/*, ghcr.io/other/llm:1, false",
        "ghcr.io/*/llm, ghcr.io/acme/llm:1, true",
        "ghcr.io/*/llm:2, ghcr.io/acme/llm:1, false",
        "ghcr.io/a*a, ghcr.io/a, false",
        "ghcr.io/a*b*c, ghcr.io/abbcbc, true",
        "ghcr.io/a*b*c*d, ghcr.io/abd, false",
        "ghcr.io/a**c, ghcr.io/abc, true"
    })
    void a_star_stands_for_anything(String pattern, String image, boolean allowed) {
        assertThat(ImageNames.allows(pattern, image)).isEqualTo(allowed);
    }

    @Test
    void it_allows_what_a_regular_expression_allowed() {
        var random = new Random(5);
        String[] pieces = {"a", "b", "*", "ab", ":1", "/"};
        for (int i = 0; i < 20_000; i++) {
            String pattern = "h.io/" + text(random, pieces);
            String image = "h.io/" + text(random, pieces).replace("*", "a");
            String regex = Arrays.stream(pattern.split("\\*", -1))
                    .map(part -> part.isEmpty() ? "" : Pattern.quote(part))
                    .collect(Collectors.joining(".*"));
            boolean before = image.matches(regex)
                    || ImageNames.repository(image).matches(regex)
                    || ImageNames.withTag(image).matches(regex);
            assertThat(ImageNames.allows(pattern, image))
                    .as(pattern + " of " + image)
                    .isEqualTo(before);
        }
    }

    private static String text(Random random, String[] of) {
        var text = new StringBuilder();
        for (int j = random.nextInt(6); j >= 0; j--) {
            text.append(of[random.nextInt(of.length)]);
        }
        return text.toString();
    }

    @Test
    void many_stars_try_nothing_twice() {
        assertThat(ImageNames.allows("ghcr.io/" + "*a".repeat(30) + "*b", "ghcr.io/" + "a".repeat(500)))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "python:3, true",
        "localhost:5000/a/b_c/d-e.f:Tag_1, true",
        "a, true",
        "a//b, true",
        "-a, false",
        "a/, false",
        "a:, false",
        "https://a/b, false"
    })
    void an_image_is_a_reference(String image, boolean good) {
        var spec = new JsonObject().put("image", image);
        if (good) {
            checked(spec);
        } else {
            assertThatThrownBy(() -> checked(spec)).hasMessageContaining("spec.image");
        }
    }

    @Test
    void a_large_image_or_address_is_refused_at_once() {
        assertThatThrownBy(() -> checked(new JsonObject().put("image", "a/".repeat(500_000) + "a")))
                .hasMessageContaining("spec.image");
        var port = new JsonObject().put("containerPort", 80).put("hostIp", ":".repeat(1_000_000) + "x");
        assertThatThrownBy(() -> checked(new JsonObject().put("image", "a").put("ports", new JsonArray().add(port))))
                .hasMessageContaining("hostIp");
    }

    private static void checked(JsonObject spec) {
        SpecRules.checked(Json.decode(spec, ContainerSpec.class));
    }
}

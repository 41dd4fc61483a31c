package io.aiwm.inference.dialect;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Content of a message. As one text where it has no images: many engines' templates know no list of parts. */
final class ContentParts {
    private final List<String> texts = new ArrayList<>();
    private final JsonArray parts = new JsonArray();

    void text(String text) {
        texts.add(text);
        parts.add(new JsonObject().put("type", "text").put("text", text));
    }

    /** @param detail null: not said */
    void image(String url, String detail) {
        var image = new JsonObject().put("url", url);
        if (detail != null) {
            image.put("detail", detail);
        }
        parts.add(new JsonObject().put("type", "image_url").put("image_url", image));
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    /** The texts alone. */
    String joined() {
        return String.join("\n", texts);
    }

    /** The images alone. */
    ContentParts images() {
        var images = new ContentParts();
        parts.stream()
                .filter(part -> ((JsonObject) part).containsKey("image_url"))
                .forEach(images.parts::add);
        return images;
    }

    Object content() {
        return texts.size() == parts.size() ? joined() : parts;
    }
}

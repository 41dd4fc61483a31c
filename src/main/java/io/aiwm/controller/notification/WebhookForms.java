package io.aiwm.controller.notification;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/** What webhooks are sent. Pure. */
final class WebhookForms {
    private static final String JSON = "application/json";
    private static final String TEXT = "text";
    private static final int MOST_CHARS = 1_900;

    private WebhookForms() {}

    /** @param headers further ones */
    record Content(String body, String type, Map<String, String> headers) {}

    static Content of(Target.Form form, Notice notice) {
        return switch (form) {
            case STANDARD ->
                json(new JsonObject()
                        .put("type", notice.type())
                        .put("timestamp", notice.at())
                        .put("data", QueueSender.data(notice)));
            case SLACK -> json(new JsonObject().put(TEXT, plain(notice)));
            case DISCORD ->
                json(new JsonObject()
                        .put("content", plain(notice))
                        // a name cannot call everyone
                        .put("allowed_mentions", new JsonObject().put("parse", new JsonArray())));
            case TEAMS -> json(card(notice));
            case NTFY -> ntfy(notice);
        };
    }

    private static Content json(JsonObject body) {
        return new Content(body.encode(), JSON, Map.of());
    }

    private static String sign(Notice notice) {
        return switch (notice.severity()) {
            case INFO -> "";
            case WARNING -> "⚠ ";
            case ERROR -> "✖ ";
        };
    }

    private static String plain(Notice notice) {
        String text = notice.text() == null ? "" : "\n" + notice.text();
        String all = sign(notice) + notice.title() + text;
        // Slack reads these as markup: <!channel> calls everyone
        return cut(all).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String cut(String text) {
        return text.length() <= MOST_CHARS ? text : text.substring(0, MOST_CHARS) + "…";
    }

    private static JsonObject card(Notice notice) {
        var body = new JsonArray()
                .add(new JsonObject()
                        .put("type", "TextBlock")
                        .put(TEXT, cut(sign(notice) + notice.title()))
                        .put("weight", "Bolder")
                        .put("wrap", true));
        if (notice.text() != null) {
            body.add(new JsonObject()
                    .put("type", "TextBlock")
                    .put(TEXT, cut(notice.text()))
                    .put("wrap", true));
        }
        return new JsonObject()
                .put("type", "message")
                .put(
                        "attachments",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("contentType", "application/vnd.microsoft.card.adaptive")
                                        .put(
                                                "content",
                                                new JsonObject()
                                                        .put("type", "AdaptiveCard")
                                                        .put("version", "1.4")
                                                        .put("body", body))));
    }

    /** The text is the body, and the rest are headers, which are ASCII. */
    private static Content ntfy(Notice notice) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Title", notice.title().replace("×", "x").replaceAll("[^\\x20-\\x7e]", "?"));
        headers.put(
                "Priority",
                switch (notice.severity()) {
                    case INFO -> "3";
                    case WARNING -> "4";
                    case ERROR -> "5";
                });
        headers.put(
                "Tags",
                switch (notice.severity()) {
                    case INFO -> "information_source";
                    case WARNING -> "warning";
                    case ERROR -> "rotating_light";
                });
        return new Content(
                cut(notice.text() == null ? notice.title() : notice.text()), "text/plain; charset=utf-8", headers);
    }
}

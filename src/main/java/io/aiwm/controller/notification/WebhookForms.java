package io.aiwm.controller.notification;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

/** What webhooks are sent, within the limits that each service publishes. Pure. */
final class WebhookForms {
    /** Slack asks for no more, and cuts off at ten times as many. */
    static final int SLACK_CHARS = 4_000;
    /** Discord refuses more. */
    static final int DISCORD_CHARS = 2_000;
    /** Of each of two texts: Teams refuses messages of more than 28 KB. */
    static final int TEAMS_BYTES = 6_000;
    /** ntfy makes a file of more, or refuses it. */
    static final int NTFY_BYTES = 4_096;

    private static final int TITLE_CHARS = 250;
    private static final String JSON = "application/json";
    private static final String TEXT = "text";
    private static final String MORE = "…";
    private static final String MARKDOWN = "\\*_~`|<>[]#";

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
            case SLACK ->
                json(new JsonObject()
                        .put(TEXT, fit(plain(notice), SLACK_CHARS, WebhookForms::slack, String::length))
                        .put("mrkdwn", false));
            case DISCORD ->
                json(new JsonObject()
                        .put("content", fit(plain(notice), DISCORD_CHARS, WebhookForms::discord, String::length))
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
        return sign(notice) + notice.title() + (notice.text() == null ? "" : "\n" + notice.text());
    }

    /**
     * Returns as much of a text as fits.
     *
     * @param piece how the form writes a character
     * @param size of what is written, in what the limit counts
     */
    private static String fit(String text, int most, IntFunction<String> piece, ToIntFunction<String> size) {
        int left = most - size.applyAsInt(MORE);
        var written = new StringBuilder();
        PrimitiveIterator.OfInt characters = text.codePoints().iterator();
        while (characters.hasNext()) {
            String next = piece.apply(characters.nextInt());
            left -= size.applyAsInt(next);
            if (left < 0) {
                return written.append(MORE).toString();
            }
            written.append(next);
        }
        return written.toString();
    }

    /** Slack reads these as markup, whatever else is said: {@code <!channel>} calls everyone. */
    private static String slack(int character) {
        return switch (character) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            default -> as(character);
        };
    }

    /** Discord reads Markdown: an underscore in a name is none, and a name is no link. */
    private static String discord(int character) {
        return MARKDOWN.indexOf(character) < 0 ? as(character) : "\\" + as(character);
    }

    private static String as(int character) {
        return Character.isISOControl(character) && character != '\n' ? " " : Character.toString(character);
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** In runs of text, which are no Markdown. */
    private static JsonObject card(Notice notice) {
        var body = new JsonArray().add(run(sign(notice) + notice.title(), "Bolder"));
        if (notice.text() != null) {
            body.add(run(notice.text(), "Default"));
        }
        var card = new JsonObject()
                .put("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
                .put("type", "AdaptiveCard")
                .put("version", "1.4")
                .put("body", body);
        return new JsonObject()
                .put("type", "message")
                .put(
                        "attachments",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("contentType", "application/vnd.microsoft.card.adaptive")
                                        .put("content", card)));
    }

    private static JsonObject run(String text, String weight) {
        var run = new JsonObject()
                .put("type", "TextRun")
                .put(TEXT, fit(text, TEAMS_BYTES, WebhookForms::as, WebhookForms::bytes))
                .put("weight", weight);
        return new JsonObject().put("type", "RichTextBlock").put("inlines", new JsonArray().add(run));
    }

    /** The text is the body, and the rest are headers. */
    private static Content ntfy(Notice notice) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Title", header(fit(notice.title(), TITLE_CHARS, WebhookForms::as, String::length)));
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
        String text = notice.text() == null ? notice.title() : notice.text();
        return new Content(
                fit(text, NTFY_BYTES, WebhookForms::as, WebhookForms::bytes), "text/plain; charset=utf-8", headers);
    }

    /** Headers are ASCII; what is not is written as RFC 2047 says. */
    private static String header(String text) {
        return text.chars().allMatch(each -> each >= ' ' && each <= '~')
                ? text
                : "=?UTF-8?B?" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + "?=";
    }
}

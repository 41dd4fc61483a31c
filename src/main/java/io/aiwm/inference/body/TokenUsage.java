package io.aiwm.inference.body;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** Tokens that an engine says it has used. @param prompt −1: it does not say; this holds for the other too */
public record TokenUsage(long prompt, long completion) {
    private static final long UNKNOWN = -1;
    /** More than any engine has, and few enough to be added up. */
    private static final long MOST = 1L << 40;

    private static final JsonFactory FACTORY = new JsonFactory();
    private static final byte[] KEY = {'"', 'u', 's', 'a', 'g', 'e', '"'};

    public TokenUsage {
        prompt = Math.max(UNKNOWN, Math.min(MOST, prompt));
        completion = Math.max(UNKNOWN, Math.min(MOST, completion));
    }

    /** Reads the two counts of a usage object; null: neither is one. */
    public static TokenUsage of(Object prompt, Object completion) {
        long asked = prompt instanceof Number number ? number.longValue() : UNKNOWN;
        long answered = completion instanceof Number number ? number.longValue() : UNKNOWN;
        return asked < 0 && answered < 0 ? null : new TokenUsage(asked, answered);
    }

    /** What was said, with estimates in place of what was not. @param said null: nothing */
    public static TokenUsage of(TokenUsage said, long prompt, long completion) {
        return said == null
                ? new TokenUsage(prompt, completion)
                : new TokenUsage(
                        said.prompt < 0 ? prompt : said.prompt, said.completion < 0 ? completion : said.completion);
    }

    /** The last usage object of a range of JSON text, which may begin anywhere; null: it has none. */
    public static TokenUsage last(byte[] text, int from, int to) {
        for (int i = to - KEY.length - 2; i >= from; i--) {
            if (text[i] == '"' && isKey(text, i, from)) {
                TokenUsage found = at(text, i + KEY.length, to);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /** A quote within a text has a backslash before it, so that prompts and answers are not taken for a key. */
    static boolean isKey(byte[] text, int at, int from) {
        if (at > from && text[at - 1] == '\\') {
            return false;
        }
        for (int i = 1; i < KEY.length; i++) {
            if (text[at + i] != KEY[i]) {
                return false;
            }
        }
        return true;
    }

    /** Reads what stands behind the key; null: no object. */
    private static TokenUsage at(byte[] text, int behind, int to) {
        int i = blank(text, behind, to);
        if (i >= to || text[i] != ':') {
            return null;
        }
        i = blank(text, i + 1, to);
        return i < to && text[i] == '{' ? read(text, i, to - i) : null;
    }

    private static int blank(byte[] text, int from, int to) {
        int i = from;
        while (i < to && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t')) {
            i++;
        }
        return i;
    }

    private static TokenUsage read(byte[] text, int from, int length) {
        long prompt = UNKNOWN;
        long completion = UNKNOWN;
        long total = UNKNOWN;
        try (JsonParser json = FACTORY.createParser(text, from, length)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                if (value != JsonToken.VALUE_NUMBER_INT) {
                    json.skipChildren();
                    continue;
                }
                switch (name) {
                    case "prompt_tokens", "input_tokens" -> prompt = json.getLongValue();
                    case "completion_tokens", "output_tokens" -> completion = json.getLongValue();
                    case "total_tokens" -> total = json.getLongValue();
                    default -> {
                        // details of these
                    }
                }
            }
        } catch (IOException cut) {
            return null;
        }
        if (prompt < 0 && completion < 0 && total < 0) {
            return null;
        }
        return new TokenUsage(
                prompt < 0 && total >= 0 ? Math.max(0, total - Math.max(0, completion)) : prompt,
                completion < 0 && total >= 0 ? Math.max(0, total - Math.max(0, prompt)) : completion);
    }
}

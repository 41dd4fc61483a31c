package io.aiwm.controller.agent;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Takes the secret that was sent out of what came back: some servers answer with the headers that they got. Pure. */
final class SecretMask {
    static final String MASK = "[secret]";
    /** Less of a secret than this says nothing, and stands in any text. */
    private static final int LEAST_CHARS = 4;

    private SecretMask() {}

    /**
     * Returns a text without the credentials of these headers, as they are or escaped, and without their beginning at the end of a text
     * that was cut. Of a value with a scheme, such as {@code Bearer}, the credential is what follows it.
     *
     * @param headers by their names, as they were sent
     */
    static String hidden(String text, Map<String, String> headers) {
        String shown = text;
        for (Map.Entry<String, String> header : headers.entrySet()) {
            if (!header.getKey().equalsIgnoreCase("Authorization")) {
                shown = without(shown, header.getValue());
            }
            shown = without(shown, header.getValue().substring(header.getValue().indexOf(' ') + 1));
        }
        return shown;
    }

    private static String without(String text, String value) {
        String credential = value.strip();
        if (credential.length() < LEAST_CHARS) {
            return text;
        }
        String inJson = credential.replace("\\", "\\\\").replace("\"", "\\\"");
        String inUrl = URLEncoder.encode(credential, StandardCharsets.UTF_8);
        String shown = text;
        for (String form : List.of(credential, inJson, inUrl)) {
            shown = shown.replace(form, MASK);
        }
        return withoutBeginning(shown, credential);
    }

    private static String withoutBeginning(String text, String credential) {
        for (int chars = Math.min(credential.length(), text.length()); chars >= LEAST_CHARS; chars--) {
            if (text.endsWith(credential.substring(0, chars))) {
                return text.substring(0, text.length() - chars) + MASK;
            }
        }
        return text;
    }
}

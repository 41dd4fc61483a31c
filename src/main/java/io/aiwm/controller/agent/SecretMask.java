package io.aiwm.controller.agent;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Takes the secret that was sent out of what came back: some servers answer with the headers that they got. Pure. */
final class SecretMask {
    static final String MASK = "[secret]";
    /** Less of a secret than this says nothing, and stands in any text. */
    private static final int LEAST_CHARS = 4;

    private SecretMask() {}

    /**
     * Returns a text without the credential of a header, as it is or escaped, and without its beginning at the end of a text that was cut.
     *
     * @param header {@code Bearer} or another scheme, and the credential; null: nothing was sent
     */
    static String hidden(String text, String header) {
        if (header == null) {
            return text;
        }
        String credential = header.substring(header.indexOf(' ') + 1).strip();
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

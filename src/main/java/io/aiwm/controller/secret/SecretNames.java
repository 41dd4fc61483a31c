package io.aiwm.controller.secret;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which names sound secret, and which values are whatever their name. Only a default: {@code secretEnv} of a spec says
 * otherwise per variable. Takes time linear in the text.
 */
final class SecretNames {
    /** Anywhere in the name, written without separators. */
    private static final List<String> PARTS = List.of(
            "password",
            "passwd",
            "passphrase",
            "secret",
            "credential",
            "private",
            "apikey",
            "accesskey",
            "sshkey",
            "auth",
            "jwt",
            "bearer",
            "cookie",
            "signature",
            "connectionstring",
            "connstr",
            "webhook",
            "dsn");

    /** As the last word of the name. */
    private static final Set<String> WORDS =
            Set.of("key", "pass", "pwd", "pw", "pat", "psk", "salt", "sas", "sig", "otp", "totp");

    /** Names of shells, not of passwords. */
    private static final Set<String> HARMLESS = Set.of("pwd", "oldpwd");

    /** As they stand in connection strings. */
    private static final List<String> ASSIGNMENTS =
            List.of("password=", "pwd=", "accountkey=", "sharedaccesskey=", "sharedaccesssignature=");

    private SecretNames() {}

    static boolean soundsSecret(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (HARMLESS.contains(lower)) {
            return false;
        }
        String joined = joined(lower);
        return PARTS.stream().anyMatch(joined::contains)
                || namesToken(joined)
                || WORDS.contains(lastWord(name).toLowerCase(Locale.ROOT));
    }

    /** Whether a value is secret under any name. */
    static boolean isSecretValue(String value) {
        if (Urls.holdSecret(value) || (value.contains("-----BEGIN") && value.contains("PRIVATE KEY"))) {
            return true;
        }
        if (value.indexOf('=') < 0) {
            return false;
        }
        String lower = value.toLowerCase(Locale.ROOT).replace(" ", "");
        return ASSIGNMENTS.stream().anyMatch(lower::contains);
    }

    private static String joined(String lower) {
        var text = new StringBuilder(lower.length());
        for (int i = 0; i < lower.length(); i++) {
            if (Character.isLetterOrDigit(lower.charAt(i))) {
                text.append(lower.charAt(i));
            }
        }
        return text.toString();
    }

    /** A token, but neither a number of tokens nor a tokenizer. */
    private static boolean namesToken(String joined) {
        for (int at = joined.indexOf("token"); at >= 0; at = joined.indexOf("token", at + 5)) {
            if (!joined.startsWith("s", at + 5) && !joined.startsWith("iz", at + 5)) {
                return true;
            }
        }
        return false;
    }

    /** The last word, numbers aside: of PRIVATE_PEM_KEY_2 and of signingKey it is key. */
    private static String lastWord(String name) {
        int end = name.length();
        while (end > 0 && !Character.isLetter(name.charAt(end - 1))) {
            end--;
        }
        int begin = end;
        while (begin > 0 && Character.isLetterOrDigit(name.charAt(begin - 1)) && !isCamelBorder(name, begin, end)) {
            begin--;
        }
        return name.substring(begin, end);
    }

    private static boolean isCamelBorder(String name, int at, int end) {
        return at < end && Character.isUpperCase(name.charAt(at)) && Character.isLowerCase(name.charAt(at - 1));
    }
}

package io.aiwm.controller.secret;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

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
            "passcode",
            "credential",
            "creds",
            "mnemonic",
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

    /** As the last word of the name, also of several ({@code KEYS}). */
    private static final Set<String> WORDS =
            Set.of("key", "pass", "pwd", "pw", "pat", "psk", "salt", "sas", "sig", "otp", "pin", "cred");

    /** At the end of that word, too: {@code DBPASS}, {@code MYSQLPWD}. */
    private static final List<String> ENDINGS =
            List.of("key", "pass", "pwd", "pw", "pat", "psk", "salt", "otp", "cred");

    /** Names of shells, not of passwords. */
    private static final Set<String> HARMLESS = Set.of("pwd", "oldpwd");

    /** Words that only end like one that is secret. */
    private static final Set<String> HARMLESS_WORDS =
            Set.of("compat", "bypass", "compass", "hotkey", "monkey", "turkey", "sacred");

    /** Beside {@code TOKENS} in a name they say that it is a number, or says something of a text. */
    private static final Set<String> COUNTS = Set.of(
            "max",
            "min",
            "num",
            "n",
            "number",
            "count",
            "total",
            "limit",
            "per",
            "new",
            "budget",
            "size",
            "length",
            "len",
            "window",
            "context",
            "ctx",
            "prompt",
            "completion",
            "input",
            "output",
            "generated",
            "predict",
            "draft",
            "batch",
            "batched",
            "special",
            "stop",
            "reserved",
            "cached",
            "thinking",
            "reasoning");

    /** As they stand in connection strings. */
    private static final List<String> ASSIGNMENTS =
            List.of("password=", "pwd=", "accountkey=", "sharedaccesskey=", "sharedaccesssignature=");

    private static final Pattern CAMEL = Pattern.compile("(\\p{Ll})(\\p{Lu})");
    private static final Pattern NO_LETTERS = Pattern.compile("\\P{L}+");

    private SecretNames() {}

    static boolean soundsSecret(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (HARMLESS.contains(lower)) {
            return false;
        }
        String joined = joined(lower);
        return PARTS.stream().anyMatch(joined::contains)
                || namesToken(joined)
                || isSecretWord(lastWord(name).toLowerCase(Locale.ROOT))
                || namesTokens(name);
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

    private static boolean isSecretWord(String word) {
        String one = word.endsWith("s") ? word.substring(0, word.length() - 1) : word;
        return WORDS.contains(word)
                || WORDS.contains(one)
                || (!HARMLESS_WORDS.contains(word)
                        && !HARMLESS_WORDS.contains(one)
                        && ENDINGS.stream().anyMatch(ending -> word.endsWith(ending) || one.endsWith(ending)));
    }

    /** Several tokens that open something, not a number of those that a model reads. */
    private static boolean namesTokens(String name) {
        boolean tokens = false;
        for (String word : NO_LETTERS.split(CAMEL.matcher(name).replaceAll("$1_$2"))) {
            String lower = word.toLowerCase(Locale.ROOT);
            String before = lower.endsWith("tokens") ? lower.substring(0, lower.length() - "tokens".length()) : lower;
            if (COUNTS.contains(before)) {
                return false;
            }
            tokens |= before.length() < lower.length();
        }
        return tokens;
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

package io.aiwm.controller.secret;

/**
 * URLs in texts: what of them may be shown. Looks at no character more than a few times, however long the text: what is
 * looked at before and after one {@code ://} ends where that of the next begins.
 */
final class Urls {
    private Urls() {}

    /** The text, each URL in it without user, password, query and fragment. */
    static String shown(String text) {
        int at = next(text, 0);
        if (at < 0) {
            return text;
        }
        var shown = new StringBuilder(text.length());
        int from = 0;
        while (at >= 0) {
            int end = end(text, at);
            int userInfo = userInfoEnd(text, at, end);
            shown.append(text, from, at).append(text, userInfo, queryAt(text, userInfo, end));
            from = end;
            at = next(text, end);
        }
        return shown.append(text, from, text.length()).toString();
    }

    /** Whether a URL in the text has a password, or a parameter whose name sounds secret: a signature, a token. */
    static boolean holdSecret(String text) {
        for (int at = next(text, 0); at >= 0; ) {
            int end = end(text, at);
            int userInfo = userInfoEnd(text, at, end);
            int colon = text.indexOf(':', at);
            if ((colon >= 0 && colon < userInfo - 2) || hasSecretParameter(text, queryAt(text, userInfo, end), end)) {
                return true;
            }
            at = next(text, end);
        }
        return false;
    }

    /** Where what follows the {@code ://} of the next URL begins; -1 when there is none. */
    private static int next(String text, int from) {
        for (int at = text.indexOf("://", from); at >= 0; at = text.indexOf("://", at + 3)) {
            if (endsInScheme(text, from, at)) {
                return at + 3;
            }
        }
        return -1;
    }

    /** Whether a letter, and after it nothing but what a scheme may hold, stands before this place. */
    private static boolean endsInScheme(String text, int from, int end) {
        for (int i = end - 1; i >= from; i--) {
            char c = text.charAt(i);
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
                return true;
            }
            if (!((c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-')) {
                return false;
            }
        }
        return false;
    }

    private static int end(String text, int at) {
        int end = at;
        while (end < text.length() && !endsUrl(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean endsUrl(char c) {
        return c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '`' || c == '\\';
    }

    /** Behind the last @ before the path; where there is none, the beginning. */
    private static int userInfoEnd(String text, int at, int end) {
        int found = at;
        for (int i = at; i < end; i++) {
            char c = text.charAt(i);
            if (c == '/' || c == '?' || c == '#') {
                break;
            }
            if (c == '@') {
                found = i + 1;
            }
        }
        return found;
    }

    private static int queryAt(String text, int from, int end) {
        int at = from;
        while (at < end && text.charAt(at) != '?' && text.charAt(at) != '#') {
            at++;
        }
        return at;
    }

    private static boolean hasSecretParameter(String text, int from, int end) {
        int begin = from + 1;
        boolean named = false;
        for (int i = begin; i < end; i++) {
            char c = text.charAt(i);
            if (c == '&' || c == ';' || c == '?' || c == '#') {
                begin = i + 1;
                named = false;
            } else if (c == '=' && !named) {
                named = true; // what follows is the value
                if (SecretNames.soundsSecret(text.substring(begin, i))) {
                    return true;
                }
            }
        }
        return false;
    }
}

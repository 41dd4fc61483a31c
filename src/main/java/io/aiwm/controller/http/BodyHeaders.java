package io.aiwm.controller.http;

import java.util.Locale;

/** What headers say of a body. */
final class BodyHeaders {
    private BodyHeaders() {}

    /** Unreadable lengths never get here: the HTTP codec refuses them. */
    static long declared(String length) {
        return length.length() > 18 ? Long.MAX_VALUE : Long.parseLong(length);
    }

    static boolean isJson(String contentType) {
        if (contentType == null) {
            return false;
        }
        int end = contentType.indexOf(';');
        String type =
                (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
        return type.equals("application/json") || type.equals("application/merge-patch+json");
    }
}

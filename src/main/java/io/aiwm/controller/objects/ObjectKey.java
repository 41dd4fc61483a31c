package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import java.util.regex.Pattern;

/** What an object may be called; see {@link ObjectStore}. */
final class ObjectKey {
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}";
    private static final Pattern KEY = Pattern.compile(NAME + "(?:/" + NAME + "){0,7}");

    private ObjectKey() {}

    /** The key itself. Fails with INVALID. */
    static String checked(String key) {
        if (key == null || !KEY.matcher(key).matches()) {
            throw Failure.invalid("an object's key must be names of letters, digits, '.', '_' and '-' joined by '/'");
        }
        return key;
    }
}

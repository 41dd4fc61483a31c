package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import java.util.regex.Pattern;

/** What an object may be called; see {@link ObjectStore}. */
final class ObjectKey {
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}";
    private static final Pattern KEY = Pattern.compile(NAME + "(?:/" + NAME + "){0,7}");
    private static final Pattern PREFIX = Pattern.compile("(?:" + NAME + "/){0,8}(?:" + NAME + ")?");

    private ObjectKey() {}

    /** The key itself. Fails with INVALID. */
    static String checked(String key) {
        if (key == null || !KEY.matcher(key).matches()) {
            throw Failure.invalid("an object's key must be names of letters, digits, '.', '_' and '-' joined by '/'");
        }
        return key;
    }

    /** The beginning of keys, which may be empty. Fails with INVALID. */
    static String checkedPrefix(String prefix) {
        if (prefix == null || !PREFIX.matcher(prefix).matches()) {
            throw Failure.invalid("must be the beginning of an object's key");
        }
        return prefix;
    }

    /** How many to list. Fails with INVALID. */
    static int checkedLimit(int limit) {
        if (limit < 1 || limit > ObjectStore.MOST_LISTED) {
            throw Failure.invalid("a page has 1 to " + ObjectStore.MOST_LISTED + " objects, not " + limit);
        }
        return limit;
    }
}

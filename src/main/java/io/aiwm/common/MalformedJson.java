package io.aiwm.common;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;

/** Says what is wrong with a JSON text in words of the format, never of the library or of our classes. */
public final class MalformedJson {
    private static final int LONGEST_NAME = 200;

    private MalformedJson() {}

    /** A text that cannot be read as JSON at all: why, without the place. */
    public static String why(JsonProcessingException cause) {
        String text = cause.getOriginalMessage();
        if (cause instanceof JsonEOFException) {
            return "it ends too early";
        }
        if (text == null) {
            return "it cannot be read";
        }
        if (text.startsWith("Duplicate field ")) {
            int end = text.indexOf(" for ");
            String named = text.substring("Duplicate field ".length(), end < 0 ? text.length() : end);
            return "field " + (named.length() > LONGEST_NAME ? "" : named + " ") + "is given twice";
        }
        if (text.startsWith("Trailing token")) {
            return "there is more behind its end";
        }
        if (text.startsWith("Unrecognized token ")) {
            return "a word stands where a value should"; // which may be a secret that lacks its quotes
        }
        // what follows speaks of the parser: where its input came from, and how it is told to be lenient
        int end = first(text, " (start marker", " [Source", ": enable ", "`", "\n");
        return text.substring(0, end);
    }

    /** INVALID with the pointer of the first value that does not fit the record it should be. */
    static Failure failure(JsonProcessingException cause) {
        Throwable root = cause;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        if (root instanceof Failure failure) {
            return failure;
        }
        if (!(cause instanceof JsonMappingException mapping)) {
            return Failure.invalid("not JSON: " + why(cause));
        }
        String pointer = pointer(mapping);
        String wanted = cause instanceof MismatchedInputException mismatch ? kind(mismatch.getTargetType()) : null;
        return pointer.isEmpty()
                ? Failure.invalid(wanted == null ? "malformed value" : "must be " + wanted)
                : Failure.invalid(pointer, wanted == null ? "is malformed" : "must be " + wanted);
    }

    private static String pointer(JsonMappingException cause) {
        var text = new StringBuilder();
        for (JsonMappingException.Reference step : cause.getPath()) {
            text.append('/');
            if (step.getFieldName() == null) {
                text.append(step.getIndex());
            } else {
                text.append(step.getFieldName().replace("~", "~0").replace("/", "~1"));
            }
        }
        return text.toString();
    }

    private static String kind(Class<?> type) {
        if (type == null) {
            return null;
        }
        if (type.isEnum()) {
            return "one of " + Json.encode(Arrays.asList(type.getEnumConstants()));
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type == Double.class || type == double.class || type == float.class || type == Float.class) {
            return "a number";
        }
        if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
            return "a whole number";
        }
        if (CharSequence.class.isAssignableFrom(type)) {
            return "a text";
        }
        if (type == Instant.class) {
            return "a time as in RFC 3339";
        }
        return Collection.class.isAssignableFrom(type) || type.isArray() ? "a list" : "an object";
    }

    private static int first(String text, String... ends) {
        int first = text.length();
        for (String end : ends) {
            int at = text.indexOf(end);
            first = at < 0 ? first : Math.min(first, at);
        }
        return first;
    }
}

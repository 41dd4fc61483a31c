package io.aiwm.controller.model;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The path of a file within a version: relative, no part of it leads out, and it can be a file name on any system. Pure. */
public final class ModelPath {
    public static final int MOST_CHARS = 512;
    private static final int MOST_PARTS = 16;
    private static final Pattern PART = Pattern.compile("[\\p{L}\\p{N}._+@=,()\\[\\]~#&!' -]{1,200}");

    private ModelPath() {}

    /** Why this is no path of a model's file; null: it is one. */
    public static String mistake(String path) {
        if (path == null || path.isEmpty() || path.length() > MOST_CHARS) {
            return "must have 1 to " + MOST_CHARS + " characters";
        }
        String[] parts = path.split("/", -1);
        if (parts.length > MOST_PARTS) {
            return "must have at most " + MOST_PARTS + " parts";
        }
        for (String part : parts) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return "must be relative, without empty parts, '.' and '..'";
            }
            if (!PART.matcher(part).matches() || part.startsWith(" ") || part.endsWith(" ")) {
                return "must have letters, digits and . _ + @ = , ( ) [ ] ~ # & ! ' - and spaces alone, in parts of at"
                        + " most 200 characters joined by '/'";
            }
        }
        return null;
    }

    /** Why no file of this path can be beside these; null: it can. Names that differ in case alone are the same somewhere. */
    static String clash(List<ModelVersion.File> files, String path) {
        String added = path.toLowerCase(Locale.ROOT);
        for (ModelVersion.File file : files) {
            String there = file.path().toLowerCase(Locale.ROOT);
            if (there.equals(added)) {
                return "is taken by " + file.path() + ", which has other content";
            }
            if (there.startsWith(added + "/") || added.startsWith(there + "/")) {
                return "would be a folder and a file at once, because of " + file.path();
            }
        }
        return null;
    }

    /** By the names of the files alone; null: none that is known. */
    static String formatOf(List<ModelVersion.File> files) {
        String found = null;
        for (ModelVersion.File file : files) {
            String name = file.path().toLowerCase(Locale.ROOT);
            if (name.endsWith(".gguf")) {
                return "gguf";
            }
            if (name.endsWith(".safetensors")) {
                found = "safetensors";
            }
        }
        return found;
    }
}

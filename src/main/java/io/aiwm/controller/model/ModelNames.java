package io.aiwm.controller.model;

import io.aiwm.common.Failure;
import java.util.regex.Pattern;

/** What a model may be called; the contract says the same where a name is a field or a parameter of its own. */
public final class ModelNames {
    private static final String PART = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?";
    private static final Pattern NAME =
            Pattern.compile("(?!(?:uploads?|download|counts)\\z)(?!model_)" + PART + "(?:/" + PART + ")?");

    private ModelNames() {}

    public static boolean is(String name) {
        return NAME.matcher(name).matches();
    }

    /** The name itself. Fails with UNPROCESSABLE. */
    public static String checked(String name) {
        if (!is(name)) {
            throw Failure.unprocessable(
                    "/name",
                    "must have letters, digits, '.', '_' and '-', and at most one '/' in between; not upload, uploads,"
                            + " download, counts, and not beginning with model_");
        }
        return name;
    }
}

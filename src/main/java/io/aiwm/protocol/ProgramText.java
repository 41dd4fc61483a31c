package io.aiwm.protocol;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/** How much text a program may be given as its command and environment: one limit for deployments, jobs and steps. */
public final class ProgramText {
    /** What reaches a worker in one message, less the envelope; as JSON. */
    public static final int MOST_BYTES = 900_000;

    public static final int MOST_ENTRIES = 1_000;

    /** What Linux takes as one argument or one variable, less room for the variable's name (256) and the end. */
    private static final int MOST_WORD = 131_072 - 258;

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,255}");

    private ProgramText() {}

    /** Whether an environment variable may have this name. */
    public static boolean isVariable(String name) {
        return VARIABLE.matcher(name).matches();
    }

    /**
     * Reports every mistake: those of {@link #checkEach}, and a program that is too large as a whole.
     *
     * @param command words, or one text; null: none
     * @param wrong takes the JSON pointer of the field and what is wrong with it
     */
    public static void check(
            Object command, List<String> entrypoint, Map<String, String> env, BiConsumer<String, String> wrong) {
        checkEach(command, entrypoint, env, wrong);
        int program = bytes(new JsonObject()
                .put("command", command instanceof String ? command : words(command))
                .put("entrypoint", entrypoint == null ? List.of() : entrypoint));
        int environment = bytes(new JsonObject().put("env", env == null ? Map.of() : env));
        if (program + environment > MOST_BYTES) {
            wrong.accept(
                    program > environment ? "/command" : "/env",
                    "is too large: command, entrypoint and env have " + (program + environment)
                            + " bytes together, and " + MOST_BYTES + " reach a worker");
        }
    }

    /** Reports every mistake in a single word or variable, and too many of them. Parameters as in {@link #check}. */
    public static void checkEach(
            Object command, List<String> entrypoint, Map<String, String> env, BiConsumer<String, String> wrong) {
        if (command instanceof String script) {
            word("/command", script, wrong);
        }
        words("/command", words(command), wrong);
        words("/entrypoint", entrypoint == null ? List.of() : entrypoint, wrong);
        Map<String, String> variables = env == null ? Map.of() : env;
        if (variables.size() > MOST_ENTRIES) {
            wrong.accept("/env", "has more than " + MOST_ENTRIES + " entries");
        } else {
            variables.forEach(
                    (name, value) -> word("/env/" + name.replace("~", "~0").replace("/", "~1"), value, wrong));
        }
    }

    private static List<?> words(Object command) {
        return command instanceof List<?> list ? list : List.of();
    }

    /** Whether this does not reach a worker. */
    public static boolean tooLarge(JsonObject whole) {
        return bytes(whole) > MOST_BYTES;
    }

    private static void words(String at, List<?> words, BiConsumer<String, String> wrong) {
        if (words.size() > MOST_ENTRIES) {
            wrong.accept(at, "has more than " + MOST_ENTRIES + " entries");
            return;
        }
        for (int i = 0; i < words.size(); i++) {
            word(at + "/" + i, words.get(i), wrong);
        }
    }

    private static void word(String at, Object word, BiConsumer<String, String> wrong) {
        if (!(word instanceof String text)) {
            wrong.accept(at, "must be a text");
        } else if (text.indexOf('\0') >= 0) {
            wrong.accept(at, "must not hold the character NUL");
        } else if (text.getBytes(StandardCharsets.UTF_8).length > MOST_WORD) {
            wrong.accept(at, "is longer than the " + MOST_WORD + " bytes that Linux takes; use a file");
        }
    }

    private static int bytes(JsonObject json) {
        return json.encode().getBytes(StandardCharsets.UTF_8).length;
    }
}

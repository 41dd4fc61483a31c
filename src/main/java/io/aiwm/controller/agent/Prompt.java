package io.aiwm.controller.agent;

import io.aiwm.common.Failure;
import io.aiwm.common.Failure.FieldError;
import io.aiwm.controller.agent.Instruction.Variable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The system prompt of an instruction, with its variables. Pure. */
final class Prompt {
    private static final Pattern PLACE = Pattern.compile("\\{\\{\\s*([A-Za-z][A-Za-z0-9_]{0,62})\\s*\\}\\}");

    private Prompt() {}

    /** Fails with UNPROCESSABLE naming every place of a variable that is not declared, and every variable declared twice. */
    static void refuse(InstructionRequest wanted) {
        var errors = new ArrayList<FieldError>();
        Set<String> declared = new HashSet<>();
        for (int i = 0; i < wanted.variables().size(); i++) {
            if (!declared.add(wanted.variables().get(i).name())) {
                errors.add(new FieldError("/variables/" + i + "/name", "is declared twice"));
            }
        }
        undeclared("/systemPrompt", wanted.systemPrompt(), declared, errors);
        for (int i = 0; i < wanted.guidelines().size(); i++) {
            undeclared("/guidelines/" + i, wanted.guidelines().get(i), declared, errors);
        }
        if (!errors.isEmpty()) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE,
                    errors.get(0).pointer() + ": " + errors.get(0).detail(),
                    errors);
        }
    }

    private static void undeclared(String field, String text, Set<String> declared, List<FieldError> errors) {
        for (String name : names(text)) {
            if (!declared.contains(name)) {
                errors.add(new FieldError(field, "uses the variable " + name + ", which /variables does not declare"));
            }
        }
    }

    private static Set<String> names(String text) {
        var names = new LinkedHashSet<String>();
        Matcher matcher = PLACE.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    /** The variables without a default that these values leave open. */
    static List<String> missing(InstructionRequest of, Map<String, String> values) {
        return of.variables().stream()
                .filter(variable -> variable.fallback() == null && !values.containsKey(variable.name()))
                .map(Variable::name)
                .toList();
    }

    /**
     * Returns the prompt and the guidelines as one text. Values are inserted as they are and are not searched for variables. Fails with
     * UNPROCESSABLE when a value is missing.
     */
    static String render(InstructionRequest of, Map<String, String> values) {
        List<String> missing = missing(of, values);
        if (!missing.isEmpty()) {
            throw Failure.unprocessable("/variables/" + missing.get(0), "has no value and no default");
        }
        var all = new HashMap<String, String>();
        of.variables().forEach(variable -> all.put(variable.name(), variable.fallback()));
        of.variables().stream()
                .filter(variable -> values.containsKey(variable.name()))
                .forEach(variable -> all.put(variable.name(), values.get(variable.name())));
        var text = new StringBuilder(filled(of.systemPrompt(), all));
        for (String guideline : of.guidelines()) {
            text.append("\n- ").append(filled(guideline, all));
        }
        return text.toString();
    }

    private static String filled(String text, Map<String, String> values) {
        return PLACE.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(values.getOrDefault(found.group(1), found.group())));
    }
}

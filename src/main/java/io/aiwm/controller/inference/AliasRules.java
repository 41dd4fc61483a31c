package io.aiwm.controller.inference;

import io.aiwm.common.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What aliases may name, beyond what the contract says of each field. Pure. */
final class AliasRules {
    static final int MOST = 1_000;
    /** An alias may name aliases that name aliases, so many levels. */
    static final int MOST_LEVELS = 4;

    private AliasRules() {}

    /** Fails with UNPROCESSABLE naming each field that is wrong. @param at where the alias stands in the request; empty: it is the request */
    static void check(String name, AliasRequest wanted, String at) {
        var errors = new ArrayList<Failure.FieldError>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < wanted.targets().size(); i++) {
            String to = wanted.targets().get(i).to();
            String field = at + "/targets/" + i + "/to";
            if (to.equals(name)) {
                errors.add(new Failure.FieldError(field, "is the alias itself"));
            } else if (!seen.add(to)) {
                errors.add(new Failure.FieldError(field, "names " + to + " twice"));
            }
        }
        seen.clear();
        for (int i = 0; i < wanted.fallback().size(); i++) {
            String to = wanted.fallback().get(i);
            String field = at + "/fallback/" + i;
            if (to.equals(name)) {
                errors.add(new Failure.FieldError(field, "is the alias itself"));
            } else if (!seen.add(to)) {
                errors.add(new Failure.FieldError(field, "names " + to + " twice"));
            }
        }
        if (!errors.isEmpty()) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE,
                    errors.get(0).pointer() + ": " + errors.get(0).detail(),
                    errors);
        }
    }

    /** Fails with CONFLICT when there are too many, with UNPROCESSABLE naming a cycle or too many levels. */
    static void check(AliasBook book) {
        if (book.aliases().size() > MOST) {
            throw Failure.conflict("there would be " + book.aliases().size() + " aliases; the most is " + MOST);
        }
        Map<String, NamedAlias> byName = new HashMap<>();
        book.aliases().forEach(alias -> byName.put(alias.name(), alias));
        Map<String, Integer> levels = new HashMap<>();
        for (NamedAlias alias : book.aliases()) {
            level(alias.name(), byName, levels, new LinkedHashSet<>());
        }
    }

    /** On how many levels below it there are aliases, itself included; 0 where it is none. @param path that leads to it */
    private static int level(
            String name, Map<String, NamedAlias> byName, Map<String, Integer> levels, Set<String> path) {
        NamedAlias alias = byName.get(name);
        if (alias == null) {
            return 0;
        }
        if (!path.add(name)) {
            List<String> cycle = new ArrayList<>(path);
            throw Failure.unprocessable(
                    "/targets",
                    "aliases would name each other in a cycle: "
                            + String.join(" -> ", cycle.subList(cycle.indexOf(name), cycle.size())) + " -> " + name);
        }
        if (path.size() > MOST_LEVELS) {
            throw tooDeep(path);
        }
        Integer known = levels.get(name);
        if (known == null) {
            known = 1
                    + alias.named()
                            .mapToInt(to -> level(to, byName, levels, path))
                            .max()
                            .orElse(0);
            levels.put(name, known);
        }
        if (path.size() - 1 + known > MOST_LEVELS) {
            throw tooDeep(path);
        }
        path.remove(name);
        return known;
    }

    private static Failure tooDeep(Set<String> path) {
        return Failure.unprocessable(
                "/targets",
                "the alias " + path.iterator().next() + " would name aliases on more than " + MOST_LEVELS + " levels");
    }
}

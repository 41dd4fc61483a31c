package io.aiwm.controller.model;

import io.aiwm.controller.eventlog.Happening;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** What happened to a model in a change, as notes of that change. */
final class ModelHappenings {
    private ModelHappenings() {}

    /** @param before null: it is new */
    static List<String> between(Model before, Model after, InstantSource clock) {
        Instant now = clock.instant();
        if (before == null) {
            return List.of(begun("created", after, now).actor(after.createdBy()).note());
        }
        if (after.deleting() != before.deleting()) {
            return List.of(begun("deleting", after, now).note());
        }
        if (!Objects.equals(stateOf(before), stateOf(after)) && after.newest() != null) {
            String word = after.newest().state().name().toLowerCase(Locale.ROOT);
            Happening is =
                    begun(word, after, now).text("version " + after.newest().number());
            return List.of((after.newest().state() == ModelState.FAILED ? is.error() : is).note());
        }
        boolean said = !Objects.equals(before.name(), after.name())
                || !Objects.equals(before.aliases(), after.aliases())
                || !Objects.equals(before.description(), after.description())
                || !Objects.equals(before.tags(), after.tags());
        return said ? List.of(begun("updated", after, now).note()) : List.of();
    }

    private static Happening begun(String word, Model model, Instant now) {
        return Happening.of("model." + word, now).name(model.name());
    }

    private static List<Object> stateOf(Model model) {
        return model.newest() == null
                ? List.of()
                : List.of(model.newest().number(), model.newest().state());
    }
}

package io.aiwm.controller.model;

import io.aiwm.controller.eventlog.EventNote;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** What happened to a model in a change, as notes of that change. */
final class ModelEventNotes {
    private ModelEventNotes() {}

    /** @param before null: it is new */
    static List<String> between(Model before, Model after, InstantSource clock) {
        Instant now = clock.instant();
        if (before == null) {
            return List.of(begun("created", after, now).actor(after.createdBy()).note());
        }
        if (after.deleting() != before.deleting()) {
            return List.of(begun("deleting", after, now).note());
        }
        if (after.deleting()) {
            return List.of(); // its versions go with it
        }
        if (after.newest() != null && isNews(before.newest(), after.newest())) {
            String word = after.newest().state().name().toLowerCase(Locale.ROOT);
            EventNote is =
                    begun(word, after, now).text("version " + after.newest().number());
            if (after.newest().state() == ModelState.FAILED) {
                is = begun(word, after, now).error().text(whyFailed(after.newest()));
            }
            return List.of(is.note());
        }
        boolean said = !Objects.equals(before.name(), after.name())
                || !Objects.equals(before.aliases(), after.aliases())
                || !Objects.equals(before.description(), after.description())
                || !Objects.equals(before.tags(), after.tags())
                || before.task() != after.task()
                || !Objects.equals(before.license(), after.license())
                || numberOf(before) > numberOf(after);
        return said ? List.of(begun("updated", after, now).note()) : List.of();
    }

    private static String whyFailed(Model.Newest version) {
        String which = "version " + version.number();
        return version.reason() == null ? which : which + ": " + version.reason();
    }

    private static EventNote begun(String word, Model model, Instant now) {
        return EventNote.of("model." + word, now).name(model.name());
    }

    /** Whether a version is new or has another state; not that an older one is the newest again, because a version was deleted. */
    private static boolean isNews(Model.Newest before, Model.Newest after) {
        return before == null
                || after.number() > before.number()
                || (after.number() == before.number() && after.state() != before.state());
    }

    private static int numberOf(Model model) {
        return model.newest() == null ? 0 : model.newest().number();
    }
}

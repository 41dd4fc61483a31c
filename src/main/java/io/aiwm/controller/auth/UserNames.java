package io.aiwm.controller.auth;

import io.aiwm.controller.store.Query.Condition;
import java.util.List;

/** Which users are listed; a user's id is their name. */
final class UserNames {
    private UserNames() {}

    /** @param part of the name; null: any */
    static List<Condition> with(String part) {
        return part == null ? List.of() : List.of(Condition.contains("id", part));
    }
}

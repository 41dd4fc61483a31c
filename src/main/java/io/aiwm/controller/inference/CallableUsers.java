package io.aiwm.controller.inference;

import io.vertx.core.Future;
import java.util.List;

/** Records that name what can be called, and are of no use without it. */
public interface CallableUsers {
    /**
     * One of them.
     *
     * @param what it is and its name, as in {@code agent helper}
     * @param model that it names; null: none
     * @param deployment whose containers it calls beside the gateway, by name; null: none
     */
    record User(String what, String model, String deployment) {}

    /** All that are not deleted. */
    Future<List<User>> users();
}

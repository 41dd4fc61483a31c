package io.aiwm.cli;

import java.io.PrintWriter;
import java.util.function.Consumer;

/** Does one thing to each that a command names. */
final class ForEachArgument {
    private ForEachArgument() {}

    /**
     * Does it to each, also where the controller refuses it for another. Fails with the first refusal; those after it are printed. Ends at
     * once where the controller does not answer.
     */
    static void run(String[] names, PrintWriter err, Consumer<String> action) {
        ApiFailure first = null;
        for (String name : names) {
            try {
                action.accept(name);
            } catch (ApiFailure failure) {
                if (failure.status == 0) {
                    throw failure;
                }
                if (first == null) {
                    first = failure;
                } else {
                    err.println("aiwm: " + failure.getMessage());
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}

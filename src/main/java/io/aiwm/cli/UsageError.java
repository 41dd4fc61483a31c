package io.aiwm.cli;

import io.aiwm.boot.ConfigErrors;
import java.util.List;
import picocli.CommandLine;

/** The message for an invalid command line: what is wrong, and which known word is similar. */
final class UsageError {
    private UsageError() {}

    static String sentence(CommandLine.ParameterException wrong) {
        if (!(wrong instanceof CommandLine.UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return wrong.getMessage();
        }
        CommandLine command = wrong.getCommandLine();
        String word = unmatched.getUnmatched().get(0);
        List<String> known = List.copyOf(command.getSubcommands().keySet());
        String name = command.getCommandSpec().qualifiedName();
        if (unmatched.isUnknownOption()) {
            return "unknown option " + word + "; " + name + " --help lists those there are";
        }
        if (known.isEmpty()) {
            return name + " takes no argument '" + word + "'";
        }
        return "unknown command " + word + ConfigErrors.nearest(word, known) + " (known: " + String.join(", ", known)
                + ")";
    }
}

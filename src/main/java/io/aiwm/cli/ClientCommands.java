package io.aiwm.cli;

import java.io.InputStream;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The commands that ask a controller: which there are, and what is told when one fails. */
final class ClientCommands {
    private final Map<String, String> environment;
    private final InputStream in;
    private final PrintWriter out;
    private final PrintWriter err;

    ClientCommands(Map<String, String> environment, InputStream in, PrintWriter out, PrintWriter err) {
        this.environment = environment;
        this.in = in;
        this.out = out;
        this.err = err;
    }

    /** By name, in the order of the help. */
    static Map<String, Supplier<CommandSpec>> all() {
        var all = new LinkedHashMap<String, Supplier<CommandSpec>>();
        all.put("models", () -> group(ModelCommands.spec()));
        all.put("deployments", () -> group(DeploymentCommands.spec()));
        all.put("executions", () -> group(ExecutionCommands.spec()));
        all.put("jobs", () -> group(JobCommands.spec()));
        all.put("nodes", () -> group(NodeCommands.spec()));
        all.put("secrets", () -> group(SecretCommands.spec()));
        all.put("inference", () -> group(InferenceCommands.spec()));
        all.put("audit", () -> group(AuditCommands.spec()));
        all.put("agents", () -> group(AgentCommands.spec()));
        all.put("memory", () -> group(MemoryCommands.spec()));
        all.put("evaluations", () -> group(EvaluationCommands.spec()));
        all.put(
                "usage",
                () -> Output.addTo(Connection.addTo(UsageCommand.spec())).addOption(help()));
        all.put(
                "events",
                () -> Output.addTo(Connection.addTo(EventCommand.spec())).addOption(help()));
        all.put("shell", () -> Connection.addTo(ShellCommand.spec()).addOption(help()));
        return all;
    }

    private static CommandSpec group(CommandSpec group) {
        // what every command has comes after what it has alone
        group.subcommands()
                .values()
                .forEach(each ->
                        Output.addTo(Connection.addTo(each.getCommandSpec())).addOption(help()));
        return group;
    }

    static boolean has(String name) {
        return name.startsWith("aiwm models ")
                || name.startsWith("aiwm deployments ")
                || name.startsWith("aiwm executions ")
                || name.startsWith("aiwm jobs ")
                || name.startsWith("aiwm nodes ")
                || name.startsWith("aiwm secrets ")
                || name.startsWith("aiwm inference ")
                || name.startsWith("aiwm audit ")
                || name.startsWith("aiwm agents ")
                || name.startsWith("aiwm memory ")
                || name.startsWith("aiwm evaluations ")
                || name.equals("aiwm events")
                || name.equals("aiwm shell")
                || name.equals("aiwm usage");
    }

    /** Runs the command; returns its exit code. */
    int run(String name, ParseResult parsed) {
        try {
            if (name.equals("aiwm shell")) {
                return ShellCommand.run(Connection.open(parsed, environment), parsed, in, out);
            }
            String form = parsed.matchedOptionValue("--output", "table");
            if (!Output.isForm(form)) {
                throw new ApiFailure("--output is table, name or json, not " + form, ApiFailure.USAGE);
            }
            String word = name.substring(name.lastIndexOf(' ') + 1);
            if (name.startsWith("aiwm secrets ")) {
                // what is wrong with the input is said before anybody is asked
                SecretCommands.run(word, parsed, environment, in, out, err);
            } else if (name.startsWith("aiwm inference ")) {
                InferenceCommands.run(word, Connection.open(parsed, environment), parsed, out);
            } else if (name.startsWith("aiwm audit ")) {
                AuditCommands.run(word, parsed, environment, out);
            } else if (name.startsWith("aiwm agents ")) {
                new AgentCommands(parsed, environment, in, out, err).run(word);
            } else if (name.startsWith("aiwm memory ")) {
                MemoryCommands.run(word, Connection.open(parsed, environment), parsed, out, err);
            } else if (name.startsWith("aiwm evaluations ")) {
                new EvaluationCommands(Connection.open(parsed, environment), parsed, out).run(word);
            } else if (name.equals("aiwm events")) {
                EventCommand.run(Connection.open(parsed, environment), parsed, out);
            } else if (name.equals("aiwm usage")) {
                UsageCommand.run(Connection.open(parsed, environment), parsed, out);
            } else if (name.startsWith("aiwm executions ")) {
                new ExecutionCommands(Connection.open(parsed, environment), parsed, out, err).run(word);
            } else if (name.startsWith("aiwm jobs ")) {
                new JobCommands(Connection.open(parsed, environment), parsed, in, out, err).run(word);
            } else if (name.startsWith("aiwm nodes ")) {
                NodeCommands.run(word, Connection.open(parsed, environment), parsed, out, err);
            } else if (name.startsWith("aiwm deployments ")) {
                new DeploymentCommands(Connection.open(parsed, environment), parsed, in, out, err).run(word);
            } else {
                ApiClient client = Connection.open(parsed, environment);
                new ModelCommands(client, parsed, environment, out, err).run(word);
            }
            return 0;
        } catch (ApiFailure failed) {
            err.println(
                    failed.problem != null && Output.isJson(parsed)
                            ? failed.problem.encodePrettily()
                            : "aiwm: " + failed.getMessage());
            return failed.exitCode;
        }
    }

    /** A command that asks a controller. */
    static CommandSpec command(String about) {
        var spec = CommandSpec.create();
        spec.usageMessage().description(about).sortOptions(false);
        return spec;
    }

    static CommandSpec group(String about) {
        var spec = CommandSpec.create().addOption(help());
        spec.usageMessage()
                .description(about)
                .footer(
                        "",
                        "A command that names several does it to each, also where another is refused; its exit code is that of the first"
                                + " refusal.",
                        "Exit codes: 0 done, 1 failed, 2 not understood, 3 not found, 4 not allowed, 5 timed out, 6 in"
                                + " conflict.");
        return spec;
    }

    static PositionalParamSpec argument(int index, String label, String about) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("1")
                .required(true)
                .type(String.class)
                .paramLabel(label)
                .description(about)
                .build();
    }

    /** One or several, and the last on the line; what is done to them goes through {@link ForEachArgument}. */
    static PositionalParamSpec arguments(String label, String about) {
        return PositionalParamSpec.builder()
                .index("0..*")
                .arity("1..*")
                .required(true)
                .type(String[].class)
                .paramLabel(label)
                .description(about)
                .build();
    }

    static OptionSpec option(String name, String label, String about) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(about)
                .build();
    }

    /** @param values what shells complete it with */
    static OptionSpec choice(String name, String label, List<String> values, String about) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .completionCandidates(values)
                .description(about)
                .build();
    }

    static OptionSpec option(String name, String about) {
        return OptionSpec.builder(name).type(boolean.class).description(about).build();
    }

    /** May be given several times. */
    static OptionSpec options(String name, String label, String about) {
        return OptionSpec.builder(name)
                .type(String[].class)
                .arity("1")
                .paramLabel(label)
                .description(about)
                .build();
    }

    /** Adds to a query what the option asks for, each of its values as one. @param parameter of the query */
    static void filter(StringBuilder query, ParseResult parsed, String option, String parameter) {
        for (String value : parsed.matchedOptionValue(option, new String[0])) {
            query.append(parameter).append('=').append(ApiClient.encoded(value)).append('&');
        }
    }

    /** Adds to a query what {@code --text} asks for: a part of the name. */
    static void named(StringBuilder query, ParseResult parsed) {
        filterOne(query, parsed, "--text", "q");
    }

    /** Adds to a query what an option asks for that is given once. @param parameter of the query */
    static void filterOne(StringBuilder query, ParseResult parsed, String option, String parameter) {
        String value = parsed.matchedOptionValue(option, (String) null);
        if (value != null) {
            query.append(parameter).append('=').append(ApiClient.encoded(value)).append('&');
        }
    }

    private static OptionSpec help() {
        return OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Prints this help.")
                .build();
    }
}

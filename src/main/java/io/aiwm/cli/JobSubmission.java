package io.aiwm.cli;

import static io.aiwm.cli.ClientCommands.command;
import static io.aiwm.cli.ClientCommands.option;
import static io.aiwm.cli.ClientCommands.options;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** {@code aiwm jobs submit}: its options, and the job that they ask for. */
final class JobSubmission {
    private static final String FILE = "--file";
    private static final String IMAGE = "--image";

    private JobSubmission() {}

    static CommandSpec spec() {
        var submit = StepLog.addTo(
                        command("Queues a job: an image and a command, or a file of JSON, the body of POST /api/jobs.")
                                .addOption(option(IMAGE, "IMAGE", "What its container is made of."))
                                .addOption(option(FILE, "FILE", "The file instead; - is standard input."))
                                .addOption(option("--name", "NAME", "What it is called."))
                                .addOption(option("--cpu", "CORES", "What it needs; 0.5 is half a core."))
                                .addOption(option("--memory", "SIZE", "Such as 512MiB or 8GiB."))
                                .addOption(option("--gpus", "N", "How many."))
                                .addOption(option("--priority", "PRIORITY", "low, normal, high, critical or 0 to 100."))
                                .addOption(options("--env", "NAME=VALUE", "A variable of its environment.")),
                        "job")
                .addPositional(PositionalParamSpec.builder()
                        .index("0..*")
                        .arity("0..*")
                        .type(String[].class)
                        .paramLabel("COMMAND")
                        .description("Its words, after --; the image's own unless given.")
                        .build());
        submit.usageMessage()
                .footer(
                        "",
                        "With --follow the exit code is 0 where the job completed.",
                        "Example: aiwm jobs submit --image python:3 --gpus 1 --follow -- python -c 'print(1)'");
        return submit;
    }

    /** The body of POST /api/jobs. Fails where the command line says no job. */
    static JsonObject body(ParseResult parsed, InputStream in) {
        String file = parsed.matchedOptionValue(FILE, (String) null);
        String image = parsed.matchedOptionValue(IMAGE, (String) null);
        if ((file == null) == (image == null)) {
            throw new ApiFailure("submit needs " + IMAGE + " or " + FILE + ", and not both", ApiFailure.USAGE);
        }
        JsonObject body = file == null ? new JsonObject().put("image", image) : BodyFile.read(file, in);
        String[] words = parsed.matchedPositionalValue(0, new String[0]);
        if (words.length > 0) {
            body.put("command", new JsonArray(List.of((Object[]) words)));
        }
        put(parsed, body, "name", "name");
        put(parsed, body, "priority", "priority");
        put(parsed, body, "cpu", "cpu");
        put(parsed, body, "memory", "memoryBytes");
        put(parsed, body, "gpus", "gpus");
        environment(parsed, body);
        return body;
    }

    /** A number as one, where it is no name. */
    private static void put(ParseResult parsed, JsonObject to, String option, String field) {
        String value = parsed.matchedOptionValue("--" + option, (String) null);
        if (value == null) {
            return;
        }
        boolean isNumber = !option.equals("name") && value.matches("[0-9]{1,15}(\\.[0-9]{1,9})?");
        if (isNumber && value.indexOf('.') < 0) {
            to.put(field, Long.parseLong(value));
        } else {
            to.put(field, isNumber ? Double.parseDouble(value) : (Object) value);
        }
    }

    private static void environment(ParseResult parsed, JsonObject body) {
        var env = body.getJsonObject("env", new JsonObject()).copy();
        for (String each : parsed.matchedOptionValue("--env", new String[0])) {
            int at = each.indexOf('=');
            if (at < 1) {
                throw new ApiFailure("--env is NAME=VALUE, not " + Output.plain(each), ApiFailure.USAGE);
            }
            env.put(each.substring(0, at), each.substring(at + 1));
        }
        if (!env.isEmpty()) {
            body.put("env", env);
        }
    }
}

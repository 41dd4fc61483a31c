package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class OutputTest {
    private static String shown(String... args) {
        var text = new StringWriter();
        var parsed = new CommandLine(Output.addTo(CommandSpec.create())).parseArgs(args);
        new Output(new PrintWriter(text, true), parsed)
                .list(
                        List.of(new JsonObject().put("text", "a\u001b[2J\r\nb\u009b1m\u202ec")),
                        "text",
                        new Output.Column("TEXT", item -> item.getString("text")));
        return text.toString();
    }

    @Test
    void what_a_terminal_would_do_is_shown_as_something_unseen() {
        String plain = "a\uFFFD[2J\uFFFD\uFFFDb\uFFFD1m\uFFFDc";
        assertThat(shown().lines()).containsExactly("TEXT", plain);
        assertThat(shown("-o", "name").lines()).containsExactly(plain);
    }
}

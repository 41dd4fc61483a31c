package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the code cites by number stands in docs/protocol.md. */
class InvariantsTest {
    /** Types of numbers are called I32, too. */
    private static final Pattern CITED = Pattern.compile("(?:[Ii]nvariant |\\()(I\\d{1,2})\\b");

    private static final Pattern DEFINED = Pattern.compile("(?m)^- \\*\\*(I\\d{1,2})\\*\\* ");

    @Test
    void every_invariant_that_is_cited_is_defined() throws IOException {
        var defined = new TreeSet<String>();
        DEFINED.matcher(Files.readString(Path.of("docs/protocol.md")))
                .results()
                .forEach(found -> defined.add(found.group(1)));
        assertThat(defined).hasSize(10);
        var cited = new TreeSet<String>();
        for (String root : new String[] {"src/main/java", "src/test/java"}) {
            try (Stream<Path> files = Files.walk(Path.of(root))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    CITED.matcher(Files.readString(file)).results().forEach(found -> cited.add(found.group(1)));
                }
            }
        }
        assertThat(cited).contains("I6", "I8").isSubsetOf(defined);
    }
}

package io.aiwm.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The fenced blocks of a page written in Markdown. What follows the fence says what a block is. {@code sh}: commands;
 * {@code sh on NAME}: commands for another machine of that name.
 */
public final class DocumentedCommands {
    private static final String FENCE = "```";
    private static final String ELSEWHERE = "sh on ";

    private DocumentedCommands() {}

    /** @param line where its fence is, from 1. @param kind empty: the page does not say */
    public record Block(Path page, int line, String kind, String text) {
        @Override
        public String toString() {
            return page.getFileName() + ":" + line;
        }
    }

    /** Every block of a page, in order. */
    public static List<Block> of(Path page) {
        try {
            var blocks = new ArrayList<Block>();
            List<String> lines = Files.readAllLines(page);
            int begin = -1;
            for (int at = 0; at < lines.size(); at++) {
                if (!lines.get(at).startsWith(FENCE)) {
                    continue;
                }
                if (begin < 0) {
                    begin = at;
                } else {
                    String kind = lines.get(begin).substring(FENCE.length()).strip();
                    String text = String.join("\n", lines.subList(begin + 1, at)) + "\n";
                    blocks.add(new Block(page, begin + 1, kind, text));
                    begin = -1;
                }
            }
            return blocks;
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    /** The commands of a page as one script of bash, in which each block says where it stands before it runs. */
    public static String script(Path page) {
        var script = new StringBuilder();
        for (Block block : of(page)) {
            if (block.kind().equals("sh")) {
                script.append("echo '### ").append(block).append("'\n").append(block.text());
            } else if (block.kind().startsWith(ELSEWHERE)) {
                script.append("echo '### ").append(block).append("'\n(\n");
                script.append(block.kind().substring("sh ".length())).append('\n');
                script.append(block.text()).append(")\n");
            }
        }
        return script.toString();
    }
}

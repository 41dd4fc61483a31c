package io.aiwm.controller.job;

/**
 * Fills a task's index into text that is mostly code of other languages: {@code {index}} becomes the index. After a {@code $}
 * it is a shell's or a script's own variable and stays; in two or more braces it loses one on each side, so that
 * {@code {{index}}} becomes {@code {index}}.
 */
final class IndexTemplate {
    private static final String NAME = "index";

    private IndexTemplate() {}

    static String filled(String text, int index) {
        var filled = new StringBuilder(text.length() + 8);
        int copied = 0;
        for (int at = text.indexOf(NAME); at >= 0; at = text.indexOf(NAME, at + NAME.length())) {
            int end = at + NAME.length();
            int braces = 0; // on each side; those already copied belong to the name before
            while (at - braces > copied
                    && text.charAt(at - braces - 1) == '{'
                    && end + braces < text.length()
                    && text.charAt(end + braces) == '}') {
                braces++;
            }
            int from = at - braces;
            boolean variable = braces == 1 && from > 0 && text.charAt(from - 1) == '$';
            if (braces == 0 || variable) {
                continue;
            }
            filled.append(text, copied, from);
            if (braces == 1) {
                filled.append(index);
            } else {
                filled.append(text, from + 1, end + braces - 1);
            }
            copied = end + braces;
        }
        return filled.append(text, copied, text.length()).toString();
    }
}

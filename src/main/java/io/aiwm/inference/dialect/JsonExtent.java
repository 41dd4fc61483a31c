package io.aiwm.inference.dialect;

/** Follows the text of a JSON object or list, piece by piece, to its end. */
final class JsonExtent {
    private int depth;
    private boolean begun;
    private boolean inString;
    private boolean escaped;

    void add(String piece) {
        for (int i = 0; i < piece.length(); i++) {
            add(piece.charAt(i));
        }
    }

    private void add(char next) {
        if (escaped) {
            escaped = false;
        } else if (inString) {
            escaped = next == '\\';
            inString = next != '"';
        } else if (next == '"') {
            inString = true;
        } else if (next == '{' || next == '[') {
            begun = true;
            depth++;
        } else if (next == '}' || next == ']') {
            depth--;
        }
    }

    /** Whether the text ends here. */
    boolean isComplete() {
        return begun && depth <= 0 && !inString;
    }
}

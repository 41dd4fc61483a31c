package io.aiwm.controller.api;

/**
 * How far a client is in what a program has printed, and what of a log that is read again is new to it. Counts the
 * program's bytes, in UTF-8, as a worker does that says how many it dropped. Plain Java; not thread-safe.
 */
final class LogPosition {
    /** The client has so much of it, or has been told that it is missing. */
    private long told;
    /** Of what comes now, so much comes again. */
    private long again;

    /** Something the client does not have is missing, and nobody knows how much: the position does not move any more. */
    private boolean lost;

    /** Whether the client has anything of it. */
    boolean begun() {
        return told > 0;
    }

    /**
     * The log is read from its beginning.
     *
     * @return whether some of what will be new has come before: all that followed on a gap of unknown size comes again
     */
    boolean again() {
        boolean twice = lost;
        again = told;
        lost = false;
        return twice;
    }

    /** Some bytes of the program do not come, and nobody knows how many. */
    void missingSome() {
        lost = true;
        again = 0;
    }

    /** What comes now is told whatever it is: nobody knows where it begins. */
    void anywhere() {
        again = 0;
    }

    /**
     * Takes what the program printed next.
     *
     * @return the part that the client does not have; never null
     */
    String printed(String text) {
        long bytes = bytes(text);
        if (bytes <= again) {
            again -= bytes;
            return "";
        }
        int from = 0;
        long skipped = 0;
        while (skipped < again) { // a character that is cut there is told whole
            int next = text.codePointAt(from);
            int size = size(next);
            if (skipped + size > again) {
                break;
            }
            skipped += size;
            from += Character.charCount(next);
        }
        again = 0;
        told += lost ? 0 : bytes - skipped;
        return text.substring(from);
    }

    /**
     * So many bytes of the program do not come.
     *
     * @return how many of them the client does not have
     */
    long missing(long bytes) {
        long had = Math.min(bytes, again);
        again -= had;
        told += lost ? 0 : bytes - had;
        return bytes - had;
    }

    private static long bytes(String text) {
        long bytes = 0;
        for (int at = 0; at < text.length(); ) {
            int next = text.codePointAt(at);
            bytes += size(next);
            at += Character.charCount(next);
        }
        return bytes;
    }

    /** In UTF-8. */
    private static int size(int codePoint) {
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    }
}

package io.aiwm.testing;

import java.util.Locale;

/** What goes wrong. */
public enum ChaosFault {
    /** All nodes register in the same moment: at the start, and once more with work under way. */
    REGISTRATION,
    /** Controllers are killed one after the other, and each is started again a few seconds later. */
    KILLS,
    /** A controller stands still with its connections open (SIGSTOP), and goes on. */
    STOP,
    /** A controller is cut off the other two; the store and the nodes stay within reach of all. */
    CUT,
    /** Two controllers do not reach each other; the third reaches both. */
    CUT_BETWEEN,
    /** Most nodes are cut off at the same moment, work on, and return. */
    STORM,
    /** Controllers are stopped in order and started again, one after the other. */
    ROLLING;

    /** How scripts name it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public boolean needsNamespaces() {
        return this == CUT || this == CUT_BETWEEN;
    }

    /** No worker is out of reach for so long that its work may be begun elsewhere. */
    boolean beginsNothingAgain() {
        return this != KILLS && this != STOP;
    }
}

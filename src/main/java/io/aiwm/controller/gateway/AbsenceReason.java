package io.aiwm.controller.gateway;

/** Why a node is not here. Decisions are made on the code; the words beside it are for people. */
public record AbsenceReason(Code code, String text) {
    /** What brought it about. */
    public enum Code {
        /** Its worker said goodbye: it was stopped in order. */
        STOPPED,
        /** Its session ended without a goodbye. */
        DISCONNECTED,
        /** It was not heard for too long. */
        SILENT;

        private static final String SILENCE = "not heard for ";

        /** Returns the code of what an older controller has written or said in words only. Null for null. */
        public static Code ofWords(String text) {
            if (text == null) {
                return null;
            }
            if (text.equals(AbsenceReason.STOPPED.text) || text.equals("its worker stopped")) {
                return STOPPED;
            }
            return text.startsWith(SILENCE) ? SILENT : DISCONNECTED;
        }
    }

    public static final AbsenceReason STOPPED = new AbsenceReason(Code.STOPPED, "stopped by its operator");

    /** @param text how its session ended */
    public static AbsenceReason disconnected(String text) {
        return new AbsenceReason(Code.DISCONNECTED, text);
    }

    public static AbsenceReason silent(long seconds) {
        return new AbsenceReason(Code.SILENT, Code.SILENCE + seconds + " s");
    }
}

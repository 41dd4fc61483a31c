package io.aiwm.common;

/** What the status of another server's answer says of a second try. One rule for all that is called. */
public final class HttpStatus {
    private HttpStatus() {}

    /**
     * Whether the same request may well succeed later: the server was too slow, has too much to do, or has failed. Not where it says that
     * it does not know how (501), or not this version of HTTP (505): it will say so again.
     */
    public static boolean isPassing(int status) {
        return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
    }

    /**
     * Whether nothing of the answer was made, so that the request may go to another server at once: it is busy, or there is nothing behind
     * a proxy. Of 500 this cannot be said.
     */
    public static boolean isUnanswered(int status) {
        return status == 429 || status == 502 || status == 503 || status == 504;
    }
}

package io.aiwm.controller.notification;

import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** Why a server was not reached, or refuses, in words for who set the target; they name no address and no secret. */
final class UnreachableReason {
    /** Redis begins an error with its code, such as WRONGPASS, OOM or READONLY. */
    private static final Pattern REDIS_CODE = Pattern.compile("([A-Z]{2,20})( .*|)", Pattern.DOTALL);

    /** What the client makes of the answers to several commands that were sent together: the first of them that is an error. */
    private static final Pattern OF_SEVERAL =
            Pattern.compile("[^\\[]{0,20}\\[[0-9]+] ([A-Z]{2,20})( .*|)", Pattern.DOTALL);

    private static final int MOST_CAUSES = 10;

    private UnreachableReason() {}

    /** @param who begins the sentence */
    static SendFailure of(String who, Throwable cause) {
        Throwable each = cause;
        for (int i = 0; each != null && i < MOST_CAUSES; i++) {
            String why = why(each);
            if (why != null) {
                return SendFailure.passing(who + " " + why);
            }
            each = each.getCause();
        }
        return SendFailure.passing(who + " cannot be reached, or ends the connection");
    }

    /** What Redis answered is told by its code alone: what follows may repeat what was sent. */
    static SendFailure ofRedis(Throwable cause) {
        String said = String.valueOf(cause.getMessage());
        Matcher several = OF_SEVERAL.matcher(said);
        Matcher code = several.matches() ? several : REDIS_CODE.matcher(said);
        return code.matches() ? SendFailure.passing("Redis answers " + code.group(1)) : of("Redis", cause);
    }

    private static String why(Throwable cause) {
        if (cause instanceof TimeoutException || cause instanceof ConnectTimeoutException) {
            return "did not answer in time";
        }
        if (cause instanceof ConnectException) {
            return "refuses the connection";
        }
        if (cause instanceof SSLException) {
            return "cannot be spoken to with TLS, or its certificate is not trusted";
        }
        return cause instanceof UnknownHostException ? "has a name that cannot be resolved" : null;
    }
}

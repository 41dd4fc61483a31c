package io.aiwm.worker.docker;

import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotModifiedException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The host ports that ports are given which name none. The engine chooses one of them that no container has, and fails to
 * start the container where another program of the node has that; with the next try it chooses the next.
 *
 * @param text first-last; null: whatever the engine chooses
 */
record HostPortRange(String text) {
    private static final Pattern TAKEN = Pattern.compile(":(\\d{1,5}): bind: address already in use");
    private static final int MOST_TRIES = 50;

    /** Calls until the engine has chosen a port that is free, and as long as there may be one. Blocks. */
    void settle(Runnable start) {
        for (int left = Math.min(MOST_TRIES, size()); ; left--) {
            try {
                start.run();
                return;
            } catch (NotModifiedException runs) {
                return;
            } catch (DockerException refused) {
                if (left <= 1 || !isTaken(refused.getMessage())) {
                    throw refused;
                }
            }
        }
    }

    private boolean isTaken(String message) {
        Matcher taken = TAKEN.matcher(String.valueOf(message));
        if (text == null || !taken.find()) {
            return false;
        }
        int port = Integer.parseInt(taken.group(1));
        return port >= first() && port < first() + size();
    }

    private int first() {
        return Integer.parseInt(text.substring(0, text.indexOf('-')));
    }

    private int size() {
        return text == null ? 1 : Integer.parseInt(text.substring(text.indexOf('-') + 1)) - first() + 1;
    }
}

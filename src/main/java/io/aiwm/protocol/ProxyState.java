package io.aiwm.protocol;

import java.util.List;

/**
 * Worker of role proxy to controller: at the beginning of a session, when it serves another configuration, and every second in
 * which its load has changed. Answered with {@link ProxyConfig} where it does not serve the newest.
 *
 * @param gatewayId names the disk that its usage is kept on; the same after a restart
 * @param revision of the configuration that it serves from now on; null: it has none
 * @param sha256 of that configuration, in hex; null: it has none
 * @param url where callers reach it
 * @param load calls under way by deployment, at most {@value #MOST_LOADS}
 */
public record ProxyState(
        String sessionId, String gatewayId, Long revision, String sha256, String url, List<Load> load) {
    public static final String TYPE = "proxy.state";
    public static final int MOST_LOADS = 1_000;

    /** @param inFlight calls that have a replica. @param waiting calls that wait for one */
    public record Load(String deploymentId, int inFlight, int waiting) {}

    public ProxyState {
        load = load == null ? List.of() : load;
    }
}

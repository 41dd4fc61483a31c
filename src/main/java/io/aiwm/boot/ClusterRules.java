package io.aiwm.boot;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * Decides whether a process joins a cluster, and on which address. Separate from {@link Cluster}, so that a check does not load
 * Hazelcast.
 */
final class ClusterRules {
    private ClusterRules() {}

    /**
     * Returns the default of cluster.enabled. A controller with its own database and no cluster setting needs no other member:
     * it opens no cluster port, and two of them on one machine stay independent.
     */
    static boolean joins(Values values) {
        return switch (values.mode()) {
            case WORKER -> values.get(WorkerSettings.WORKER_CONTROLLER_URL) == null;
            case CONTROLLER, STANDALONE ->
                values.isSet(StorageSettings.STORAGE_MONGO_URI)
                        || Settings.ALL.stream()
                                .anyMatch(setting -> setting.key().startsWith("cluster.") && values.isSet(setting));
        };
    }

    /** Returns the address of cluster.host. Throws {@link StartFailure} if {@link #unfit} returns a reason. */
    static InetAddress privateAddress(Config.Cluster settings) {
        unfit(settings).ifPresent(why -> {
            throw new StartFailure("cluster.host " + why);
        });
        return address(settings);
    }

    /**
     * Returns why cluster.host is refused, or nothing. Traffic on the cluster port is not encrypted, so a public address is
     * refused unless cluster.allowPublicAddress is set.
     */
    static Optional<String> unfit(Config.Cluster settings) {
        InetAddress address = address(settings);
        if (address == null) {
            return Optional.of(settings.host() + " is not a known address");
        }
        return isPrivate(address) || settings.allowPublicAddress()
                ? Optional.empty()
                : Optional.of(settings.host() + " is a " + (address.isAnyLocalAddress() ? "wildcard" : "public")
                        + " address, and what members say on the cluster port is not encrypted: name a private"
                        + " address, or set cluster.allowPublicAddress");
    }

    private static InetAddress address(Config.Cluster settings) {
        try {
            return InetAddress.getByName(settings.host());
        } catch (UnknownHostException unknown) {
            return null;
        }
    }

    private static boolean isPrivate(InetAddress address) {
        boolean uniqueLocal = address instanceof Inet6Address && (address.getAddress()[0] & 0xfe) == 0xfc;
        return address.isLoopbackAddress()
                || address.isSiteLocalAddress()
                || address.isLinkLocalAddress()
                || uniqueLocal;
    }
}

package io.aiwm.boot;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** Who joins a cluster and on which address; apart from {@link Cluster}, so that a check loads no Hazelcast. */
final class ClusterRules {
    private ClusterRules() {}

    /**
     * What cluster.enabled is where nobody has set it. A controller with a database of its own and no word about a cluster
     * needs no other member: it listens on no cluster port, and two of them on one machine are two.
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

    /** Throws {@link StartFailure} where {@link #unfit} has a reason. */
    static InetAddress privateAddress(Config.Cluster settings) {
        unfit(settings).ifPresent(why -> {
            throw new StartFailure("cluster.host " + why);
        });
        return address(settings);
    }

    /**
     * Why cluster.host cannot be, if so. What members say on the cluster port is not encrypted, so a public address is refused
     * unless the operator insists.
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

package io.aiwm.worker.container;

import io.aiwm.boot.Config;
import io.aiwm.protocol.ContainerSpec;
import io.aiwm.protocol.DeploymentCommand;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * On which address of this machine ports of containers are published. A spec that names none gets it; one that names
 * another is refused, unless that is a loopback address: a deployment may narrow what the worker's settings say, and never
 * widen it.
 */
public final class BindAddress {
    private static final String LOOPBACK = "127.0.0.1";

    private final Vertx vertx;
    private final Callable<String> find;

    /** @param find may block, and is asked for every container: addresses change; null means every address */
    public BindAddress(Vertx vertx, Callable<String> find) {
        this.vertx = vertx;
        this.find = find;
    }

    /** Finds the address where this node is reached by other machines: loopback in standalone; may block. */
    public static Callable<String> ownAddress(Config config) {
        URI controller = config.worker().controllerUrl();
        if (config.mode() == Config.Mode.STANDALONE) {
            return () -> LOOPBACK;
        }
        return () -> controller == null ? onBus(config.cluster()) : towards(controller.getHost());
    }

    /** What the settings say; else loopback in standalone, elsewhere the address by which the node reaches its controller. */
    public static BindAddress of(Vertx vertx, Config config) {
        String asked = config.worker().docker().bindAddress();
        return new BindAddress(vertx, asked == null ? ownAddress(config) : () -> everywhere(asked) ? null : asked);
    }

    private static boolean everywhere(String asked) {
        return asked.equals(Config.Docker.ALL_ADDRESSES) || asked.equals("0.0.0.0") || asked.equals("::");
    }

    /** A member's own address is where its controllers reach it, unless it listens on every address. */
    private static String onBus(Config.Cluster cluster) throws IOException {
        InetAddress own = InetAddress.getByName(cluster.host());
        if (!own.isAnyLocalAddress()) {
            return text(own);
        }
        return cluster.members().isEmpty()
                ? LOOPBACK
                : towards(cluster.members().get(0).replaceFirst(":\\d{1,5}$", ""));
    }

    /** From which address this machine would send to that host; nothing is sent. */
    private static String towards(String host) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByName(host), 9));
            return text(socket.getLocalAddress());
        } catch (UncheckedIOException cause) {
            throw cause.getCause();
        }
    }

    private static String text(InetAddress address) {
        return address.getHostAddress().replaceFirst("%.*", "");
    }

    /** The command with an address for each port. Fails with {@code policy} naming the first that would be wider. */
    Future<DeploymentCommand> settle(DeploymentCommand command) {
        ContainerSpec spec = command.spec();
        if (spec == null || spec.ports() == null || spec.ports().isEmpty()) {
            return Future.succeededFuture(command);
        }
        return vertx.executeBlocking(find, false)
                .recover(cause -> Future.failedFuture(new CommandFailure(
                        ErrorCategory.NETWORK,
                        "cannot tell by which address this node reaches its controller (" + cause.getMessage()
                                + "); set worker.docker.bindAddress on it")))
                .map(address ->
                        address == null ? command : command.withSpec(spec.withPorts(settled(spec.ports(), address))));
    }

    private static List<ContainerSpec.Port> settled(List<ContainerSpec.Port> ports, String address) {
        for (int i = 0; i < ports.size(); i++) {
            var port = ports.get(i);
            if (port != null && port.hostIp() != null && wider(port.hostIp(), address)) {
                throw new CommandFailure(
                        ErrorCategory.POLICY,
                        "spec.ports[" + i + "].hostIp " + port.hostIp()
                                + " is not allowed on this worker, which publishes on " + address
                                + " (worker.docker.bindAddress)");
            }
        }
        return ports.stream()
                .map(port -> port == null || port.hostIp() != null
                        ? port
                        : new ContainerSpec.Port(port.containerPort(), port.hostPort(), port.protocol(), address))
                .toList();
    }

    /** What is no address at all is not for this to judge. */
    private static boolean wider(String wanted, String allowed) {
        byte[] bytes = wanted.length() > 64 ? null : NetUtil.createByteArrayFromIpAddressString(wanted);
        if (bytes == null) {
            return false;
        }
        boolean loopback = bytes.length == 4
                ? bytes[0] == 127
                : Arrays.equals(bytes, NetUtil.createByteArrayFromIpAddressString("::1"));
        return !loopback && !Arrays.equals(bytes, NetUtil.createByteArrayFromIpAddressString(allowed));
    }
}

package io.aiwm.boot;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Optional;

/** Decides whether a worker may reach its controller without TLS: only on the same machine, where nothing crosses a network. */
final class InsecureController {
    private InsecureController() {}

    /** Returns why worker.controllerUrl is refused, or nothing. @param url null: the worker joins the cluster */
    static Optional<String> unfit(URI url, boolean allowed) {
        if (url == null || "wss".equals(url.getScheme()) || allowed || isThisMachine(url.getHost())) {
            return Optional.empty();
        }
        return Optional.of(
                "must begin with wss:// or https://: without TLS the node token, and commands with their secrets,"
                        + " can be read and changed on the way to " + url.getHost()
                        + ". Where that network is private and trusted, such as a VPN, set controller.allowInsecure"
                        + " (AIWM_CONTROLLER_ALLOW_INSECURE=true)");
    }

    /** A name that does not resolve now may later resolve to any machine. */
    private static boolean isThisMachine(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (UnknownHostException | SocketException unknown) {
            return false;
        }
    }
}

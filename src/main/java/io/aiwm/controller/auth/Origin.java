package io.aiwm.controller.auth;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The address of a caller as limits count it: an IPv4 address, or an IPv6 network of 64 bits, all of which one host may have.
 */
final class Origin {
    private static final int NETWORK_BYTES = 8;

    private Origin() {}

    static String of(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        try {
            // with a colon in it this is never looked up as a name
            InetAddress read = InetAddress.getByName(address);
            return read instanceof Inet6Address
                    ? HexFormat.of().formatHex(Arrays.copyOf(read.getAddress(), NETWORK_BYTES))
                    : read.getHostAddress();
        } catch (UnknownHostException unreadable) {
            return address;
        }
    }
}

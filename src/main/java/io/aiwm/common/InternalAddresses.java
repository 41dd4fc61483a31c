package io.aiwm.common;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Which addresses a download may not reach: this machine, private networks, and what pretends to be neither. Pure. */
public final class InternalAddresses {
    private InternalAddresses() {}

    public static boolean contains(InetAddress address) {
        return address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()
                || (address instanceof Inet6Address six ? isInternal(six) : isInternal(address.getAddress()));
    }

    /** Whether it is one that machines of a private network have. */
    public static boolean isPrivateNetwork(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4
                ? address.isSiteLocalAddress() || ((bytes[0] & 0xff) == 100 && (bytes[1] & 0xc0) == 64)
                : (bytes[0] & 0xfe) == 0xfc;
    }

    /** Whether a host, as it stands in a URL, is a machine's own address. Resolves no names. */
    public static boolean isLoopback(String host) {
        String bare = HostAddresses.bare(host);
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(bare);
        return address == null ? bare.equalsIgnoreCase("localhost") : address.isLoopbackAddress();
    }

    private static boolean isInternal(byte[] four) {
        int a = four[0] & 0xff;
        int b = four[1] & 0xff;
        int c = four[2] & 0xff;
        return a == 0
                || (a == 100 && b >= 64 && b < 128) // carrier-grade NAT
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19))
                || a >= 240;
    }

    private static boolean isInternal(Inet6Address six) {
        byte[] bytes = six.getAddress();
        if ((bytes[0] & 0xfe) == 0xfc) {
            return true; // unique local
        }
        // an IPv4 address in disguise is judged as what it is: compatible, NAT64 and 6to4
        boolean compatible = allZero(bytes, 0, 12);
        boolean nat64 = bytes[0] == 0 && bytes[1] == 0x64 && (bytes[2] & 0xff) == 0xff && (bytes[3] & 0xff) == 0x9b;
        boolean sixToFour = bytes[0] == 0x20 && bytes[1] == 0x02;
        if (compatible || nat64) {
            return contains(four(bytes, 12));
        }
        return sixToFour && contains(four(bytes, 2));
    }

    private static boolean allZero(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static InetAddress four(byte[] bytes, int from) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
        } catch (UnknownHostException cause) {
            throw new IllegalStateException("four bytes are an address", cause);
        }
    }
}

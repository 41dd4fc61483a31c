package io.aiwm.common;

import io.netty.util.NetUtil;

/** An address of a machine, IPv4 with four numbers or IPv6, without a zone: what a container engine can bind. */
public final class IpAddress {
    private static final int LONGEST = 45;

    private IpAddress() {}

    public static boolean is(String text) {
        return text.length() <= LONGEST
                && text.indexOf('%') < 0
                && text.indexOf('[') < 0
                && (NetUtil.isValidIpV4Address(text) || NetUtil.isValidIpV6Address(text));
    }
}

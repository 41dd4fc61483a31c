package io.aiwm.boot;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** One IP address ({@code 10.0.0.1}) or a network of them ({@code 10.0.0.0/24}), of either version of IP. */
public final class Network {
    private final String text;
    private final IpSubnetFilterRule rule;

    private Network(String text, IpSubnetFilterRule rule) {
        this.text = text;
        this.rule = rule;
    }

    /** Does not resolve names. Throws {@link IllegalArgumentException} with a message that describes the expected form. */
    public static Network of(String text) {
        int slash = text.indexOf('/');
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
        try {
            if (address != null) {
                int bits = slash < 0 ? 8 * address.getAddress().length : Integer.parseInt(text.substring(slash + 1));
                return new Network(text, new IpSubnetFilterRule(address, bits, IpFilterRuleType.ACCEPT));
            }
        } catch (IllegalArgumentException badLength) {
            // said below
        }
        throw new IllegalArgumentException(
                "must hold IP addresses or networks such as 10.0.0.0/24, not '" + text + "'");
    }

    public boolean contains(InetAddress address) {
        return rule.matches(new InetSocketAddress(address, 0));
    }

    @Override
    public String toString() {
        return text;
    }
}

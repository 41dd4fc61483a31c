package io.aiwm.common;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * When bytes have come on one connection that a server of this process has accepted. Vert.x tells of a request only when its
 * head is there as a whole, so that a head that trickles in looks to it like a connection on which nothing happens.
 */
public final class Arrivals {
    private static final Map<String, Arrivals> OPEN = new ConcurrentHashMap<>();
    private static final long NONE = Long.MIN_VALUE;

    private volatile long firstMillis = NONE;

    private Arrivals() {}

    /** Makes the same server channels, and watches what they accept. */
    public static ChannelFactory<ServerChannel> watching(ChannelFactory<? extends ServerChannel> servers) {
        return () -> {
            ServerChannel server = servers.newChannel();
            server.pipeline().addFirst(new Acceptor());
            return server;
        };
    }

    /** Those of an open connection, by the address and port of its other end and the port of this one; null: not watched. */
    public static Arrivals of(String host, int port, int ownPort) {
        return OPEN.get(key(host, port, ownPort));
    }

    private static String key(String host, int port, int ownPort) {
        return host + ' ' + port + ' ' + ownPort;
    }

    /** Counts anew from here. */
    public void restart() {
        firstMillis = NONE;
    }

    /** Whether the first byte since the last {@link #restart} came that long ago, or longer. */
    public boolean beganBefore(long nowMillis, long agoMillis) {
        long first = firstMillis;
        return first != NONE && nowMillis - first >= agoMillis;
    }

    private static final class Acceptor extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            if (accepted instanceof Channel child
                    && child.remoteAddress() instanceof InetSocketAddress peer
                    && child.localAddress() instanceof InetSocketAddress own
                    && !peer.isUnresolved()) {
                var arrivals = new Arrivals();
                String key = key(peer.getAddress().getHostAddress(), peer.getPort(), own.getPort());
                OPEN.put(key, arrivals);
                child.closeFuture().addListener(closed -> OPEN.remove(key, arrivals));
                child.pipeline().addFirst(arrivals.new Watch());
            }
            context.fireChannelRead(accepted);
        }
    }

    private final class Watch extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            if (firstMillis == NONE) {
                firstMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
            }
            context.fireChannelRead(bytes);
        }
    }
}

package io.aiwm.boot;

import io.aiwm.common.ArrivalTimes;
import io.aiwm.common.RateLimitedLog;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.spi.transport.Transport;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transport of Vert.x, with one handler in front of every connection that a server of this process accepts. The handler
 * logs the address of a peer whose TLS handshake fails, which Vert.x does not do where the server is the event bus, and
 * records in {@link ArrivalTimes} when bytes arrive. The sockets are epoll's where Netty's library for it can be loaded, which the jar
 * has for Linux on x86-64 and arm64, and elsewhere those of the JDK.
 */
public final class ObservedTransport implements io.vertx.core.transport.Transport, Transport {
    private static final Logger LOG = LoggerFactory.getLogger(ObservedTransport.class);
    private final io.vertx.core.transport.Transport chosen = quickest();
    private final Transport transport = chosen.implementation();
    private final RateLimitedLog refusals = RateLimitedLog.refusals(LOG);

    private static io.vertx.core.transport.Transport quickest() {
        return EPOLL != null && EPOLL.available() ? EPOLL : NIO;
    }

    /** Called for every server of this process. {@code options} does not say whether it has TLS. */
    @Override
    public void configure(TcpConfig options, boolean domainSocket, ServerBootstrap bootstrap) {
        transport.configure(options, domainSocket, bootstrap);
        bootstrap.handler(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object accepted) {
                Channel channel = (Channel) accepted;
                channel.pipeline().addFirst(new Observer(arrivals(channel)));
                context.fireChannelRead(accepted);
            }
        });
    }

    /** Null if the peer has no address. */
    private static ArrivalTimes arrivals(Channel channel) {
        if (channel.remoteAddress() instanceof InetSocketAddress peer
                && channel.localAddress() instanceof InetSocketAddress own
                && !peer.isUnresolved()) {
            var arrivals = ArrivalTimes.open(peer.getAddress().getHostAddress(), peer.getPort(), own.getPort());
            channel.closeFuture().addListener(closed -> arrivals.close());
            return arrivals;
        }
        return null;
    }

    /** The first handler of an accepted connection. */
    private final class Observer extends ChannelInboundHandlerAdapter {
        private final ArrivalTimes arrivals;

        Observer(ArrivalTimes arrivals) {
            this.arrivals = arrivals;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            if (arrivals != null) {
                arrivals.arrived();
            }
            context.fireChannelRead(bytes);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            SslHandler tls = context.pipeline().get(SslHandler.class);
            if (tls != null && !tls.handshakeFuture().isSuccess()) {
                refusals.refused(
                        host(context.channel().remoteAddress()),
                        "no TLS handshake with a certificate of the cluster on the event bus, port "
                                + ((InetSocketAddress) context.channel().localAddress()).getPort());
            }
            context.fireChannelInactive();
        }
    }

    private static String host(java.net.SocketAddress peer) {
        return peer instanceof InetSocketAddress known ? known.getAddress().getHostAddress() : "a peer";
    }

    @Override
    public String name() {
        return chosen.name();
    }

    @Override
    public boolean available() {
        return true;
    }

    @Override
    public Throwable unavailabilityCause() {
        return null;
    }

    @Override
    public Transport implementation() {
        return this;
    }

    @Override
    public boolean supportsDomainSockets() {
        return transport.supportsDomainSockets();
    }

    @Override
    public java.net.SocketAddress convert(SocketAddress address) {
        return transport.convert(address);
    }

    @Override
    public SocketAddress convert(java.net.SocketAddress address) {
        return transport.convert(address);
    }

    @Override
    public IoHandlerFactory ioHandlerFactory() {
        return transport.ioHandlerFactory();
    }

    @Override
    public boolean supportFileRegion() {
        return transport.supportFileRegion();
    }

    @Override
    public void configure(TcpConfig options, boolean domainSocket, Bootstrap bootstrap) {
        transport.configure(options, domainSocket, bootstrap);
    }

    @Override
    public void configure(DatagramChannel channel, DatagramSocketOptions options) {
        transport.configure(channel, options);
    }

    @Override
    public ChannelFactory<? extends DatagramChannel> datagramChannelFactory() {
        return transport.datagramChannelFactory();
    }

    @Override
    @SuppressWarnings("deprecation") // the interface has it so
    public DatagramChannel datagramChannel(io.netty.channel.socket.InternetProtocolFamily family) {
        return transport.datagramChannel(family);
    }

    @Override
    public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
        return transport.channelFactory(domainSocket);
    }

    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
        return transport.serverChannelFactory(domainSocket);
    }
}

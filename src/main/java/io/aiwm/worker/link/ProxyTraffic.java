package io.aiwm.worker.link;

import io.aiwm.protocol.ProxyConfig;
import io.aiwm.protocol.ProxyLeased;
import io.aiwm.protocol.ProxyUsageAck;

/** What a worker of role proxy hears from its controller. Called on the link's context; returns at once. */
public interface ProxyTraffic {
    /** Of a worker that is no proxy. */
    ProxyTraffic NONE = new ProxyTraffic() {
        @Override
        public void sessionBegan() {}

        @Override
        public void configured(ProxyConfig piece) {}

        @Override
        public void counted(ProxyUsageAck ack) {}

        @Override
        public void leased(ProxyLeased leased) {}
    };

    /** A session has begun: what was sent before may be lost. */
    void sessionBegan();

    /** A piece of a configuration has come. */
    void configured(ProxyConfig piece);

    /** A batch of usage is counted. */
    void counted(ProxyUsageAck ack);

    /** What may be used of limits. */
    void leased(ProxyLeased leased);
}

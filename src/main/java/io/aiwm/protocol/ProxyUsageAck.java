package io.aiwm.protocol;

/** Controller to worker of role proxy: this batch of {@link ProxyUsage} is counted and stored, or was before. */
public record ProxyUsageAck(String gatewayId, long sequence) {
    public static final String TYPE = "proxy.usage.ack";
}

package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.time.Duration;
import java.util.List;

/** {@code inference.*}: how calls of models are passed on. */
final class InferenceSettings {
    private InferenceSettings() {}

    static final Setting<Long> INFERENCE_MAX_BODY_BYTES = setting(
            "inference.maxBodyBytes", SettingType.bytes("1KiB", "1GiB"), "32MiB", "larger calls of models are refused");
    static final Setting<Long> INFERENCE_HELD_BODY_BYTES = setting(
            "inference.heldBodyBytes",
            SettingType.bytes("0", "1TiB"),
            "0",
            "bodies of calls, and answers that are not passed on as they come, that are held at once; beyond that calls are refused with 503; 0: an eighth of the heap");
    static final Setting<Duration> INFERENCE_RECEIVE_TIMEOUT = setting(
            "inference.receiveTimeout",
            SettingType.duration("100ms", "1h"),
            "60s",
            "a call whose body takes longer to arrive is ended");
    static final Setting<Duration> INFERENCE_FIRST_BYTE_TIMEOUT = setting(
            "inference.firstByteTimeout",
            SettingType.duration("100ms", "24h"),
            "10m",
            "how long a replica may take before the first byte of its answer");
    static final Setting<Duration> INFERENCE_IDLE_TIMEOUT = setting(
            "inference.idleTimeout",
            SettingType.duration("100ms", "24h"),
            "60s",
            "how long a replica may be silent within an answer");
    static final Setting<Integer> INFERENCE_QUEUE = setting(
            "inference.queue",
            SettingType.integer(0, 100_000),
            "256",
            "how many calls may wait for the replicas of one deployment; more are refused with 429");
    static final Setting<Duration> INFERENCE_QUEUE_TIMEOUT = setting(
            "inference.queueTimeout", SettingType.duration("0s", "1h"), "60s", "how long a call waits for a replica");
    static final Setting<Integer> INFERENCE_PROXY_CONCURRENCY = setting(
            "inference.proxyConcurrency",
            SettingType.integer(1, 100_000),
            "256",
            "how many calls below /proxy one replica has at once, WebSockets included; calls of models have places of their own");
    static final Setting<Integer> INFERENCE_RETRIES = setting(
            "inference.retries",
            SettingType.integer(0, 10),
            "2",
            "how often a call that a replica did not begin to answer is sent to another one");
    static final Setting<Boolean> INFERENCE_INTERNAL_ENDPOINTS = setting(
            "inference.internalEndpoints",
            SettingType.flag(),
            "false",
            "whether external endpoints may have internal addresses (private, loopback, link-local)");

    static final Setting<List<Network>> INFERENCE_REPLICA_NETWORKS = setting(
            "inference.replicaNetworks",
            SettingType.networks(),
            "",
            "networks in which replicas are called, as workers say their addresses themselves; none: at every address but link-local ones");

    static Config.Inference inference(Values v) {
        return ConfigInferenceBuilder.builder()
                .maxBodyBytes(v.get(INFERENCE_MAX_BODY_BYTES))
                .heldBodyBytes(v.get(INFERENCE_HELD_BODY_BYTES))
                .receiveTimeout(v.get(INFERENCE_RECEIVE_TIMEOUT))
                .firstByteTimeout(v.get(INFERENCE_FIRST_BYTE_TIMEOUT))
                .idleTimeout(v.get(INFERENCE_IDLE_TIMEOUT))
                .queue(v.get(INFERENCE_QUEUE))
                .queueTimeout(v.get(INFERENCE_QUEUE_TIMEOUT))
                .proxyConcurrency(v.get(INFERENCE_PROXY_CONCURRENCY))
                .retries(v.get(INFERENCE_RETRIES))
                .replicaNetworks(v.get(INFERENCE_REPLICA_NETWORKS))
                .internalEndpoints(v.get(INFERENCE_INTERNAL_ENDPOINTS))
                .build();
    }
}

package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

/** The settings of a worker's model cache. */
final class ModelCacheSettings {
    private ModelCacheSettings() {}

    static final Setting<Long> WORKER_MODEL_CACHE_BYTES = setting(
            "worker.model.cacheBytes",
            SettingType.bytes("0", "1048576g"),
            null,
            "how much all models on this node may have together; the one used least recently goes first, never one in use"
                    + " or pinned. none: 80 % of what the disk has left for them; 0: no limit");
    static final Setting<Boolean> WORKER_MODEL_SERVE_PEERS = setting(
            "worker.model.servePeers",
            SettingType.flag(),
            "false",
            "other workers may fetch models from this one, with a short token of the controller: many nodes then cost the"
                    + " object store about one copy");
    static final Setting<String> WORKER_MODEL_PEER_ADDRESS = setting(
            "worker.model.peerAddress",
            SettingType.addressOr("all"),
            null,
            "where this worker serves models, when it does; none: 127.0.0.1 in standalone, else the address by which this"
                    + " node reaches its controller");
    static final Setting<Integer> WORKER_MODEL_PEER_PORT =
            setting("worker.model.peerPort", SettingType.integer(0, 65_535), "3005", "port for that; 0: any free one");
    static final Setting<Integer> WORKER_MODEL_PEER_STREAMS = setting(
            "worker.model.peerStreams", SettingType.integer(1, 1_000), "4", "how many files it gives out at once");

    static Config.ModelCache cache(Values v) {
        return new Config.ModelCache(
                v.get(WORKER_MODEL_CACHE_BYTES),
                v.get(WORKER_MODEL_SERVE_PEERS),
                v.get(WORKER_MODEL_PEER_ADDRESS),
                v.get(WORKER_MODEL_PEER_PORT),
                v.get(WORKER_MODEL_PEER_STREAMS));
    }
}

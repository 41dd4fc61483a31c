package io.aiwm.boot;

import static io.aiwm.boot.Setting.setting;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/** {@code models.*}: how much is kept of models, and where they may be downloaded from. */
final class ModelSettings {
    private ModelSettings() {}

    static final Setting<Long> MODELS_MAX_FILE_BYTES =
            setting("models.maxFileBytes", SettingType.bytes("1", "1048576g"), "1024g", "largest file of a model");
    static final Setting<Long> MODELS_MAX_USER_BYTES = setting(
            "models.maxUserBytes",
            SettingType.bytes("0", "1048576g"),
            "0",
            "how much the versions of models that one user has made may have in all; 0: no limit");
    static final Setting<Long> MODELS_MAX_TOTAL_BYTES = setting(
            "models.maxTotalBytes",
            SettingType.bytes("0", "1048576g"),
            "0",
            "how much all versions of models may have together; 0: no limit");
    static final Setting<URI> MODELS_HUB_ENDPOINT = setting(
                    "models.hubEndpoint",
                    SettingType.httpUrl(),
                    "https://huggingface.co",
                    "hub with the paths of HuggingFace that models are downloaded from")
            .also("HF_ENDPOINT");
    static final Setting<String> MODELS_HUB_TOKEN = setting(
                    "models.hubToken", SettingType.text(), null, "token for that hub; it goes to no other host")
            .also("HF_TOKEN")
            .masked();
    static final Setting<List<String>> MODELS_ALLOWED_DOWNLOAD_HOSTS = setting(
            "models.allowedDownloadHosts",
            SettingType.list(),
            "",
            "internal hosts (private, loopback, link-local) that the controller may download models from");

    static final Setting<Duration> MODELS_ABANDONED_AFTER = setting(
            "models.abandonedAfter",
            SettingType.duration("1m", "365d"),
            "24h",
            "after which time a version of a model that nobody continues to upload is FAILED");

    static Config.Models models(Values v) {
        return new Config.Models(
                v.get(MODELS_MAX_FILE_BYTES),
                v.get(MODELS_MAX_USER_BYTES),
                v.get(MODELS_MAX_TOTAL_BYTES),
                v.get(MODELS_HUB_ENDPOINT),
                v.get(MODELS_HUB_TOKEN),
                v.get(MODELS_ALLOWED_DOWNLOAD_HOSTS),
                v.get(MODELS_ABANDONED_AFTER));
    }
}

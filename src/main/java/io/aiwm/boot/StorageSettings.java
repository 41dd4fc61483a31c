package io.aiwm.boot;

import static io.aiwm.boot.Setting.derived;
import static io.aiwm.boot.Setting.setting;

import java.net.URI;
import java.nio.file.Path;

/** {@code storage.*} and {@code objectStorage.*}: where a controller keeps its state. */
final class StorageSettings {
    private StorageSettings() {}

    static final Setting<String> STORAGE_MONGO_URI = setting(
                    "storage.mongoUri",
                    SettingType.text(),
                    null,
                    "MongoDB to keep state in; none: SQLite under dataDir")
            .also("MONGODB_URI")
            .masked();
    static final Setting<Config.Storage.Sync> STORAGE_SYNC = setting(
            "storage.sync",
            SettingType.choice(Config.Storage.Sync.class),
            "full",
            "full: survives power loss; normal: survives kill -9");
    static final Setting<Boolean> ACCEPT_EMPTY = setting(
            "acceptEmpty",
            SettingType.flag(),
            "false",
            "for one start: begin without any record where the SQLite file is lost, which is otherwise refused");
    static final Setting<String> OBJECT_STORAGE_ENDPOINT = setting(
                    "objectStorage.endpoint", SettingType.text(), null, "host of an S3 server; none: files in a folder")
            .also("MINIO_ENDPOINT");
    static final Setting<Path> OBJECT_STORAGE_FOLDER = derived(
            "objectStorage.folder",
            SettingType.path(),
            "objects under dataDir",
            values -> values.get(Settings.DATA_DIR).resolve("objects"),
            "where files are kept without an S3 server; several controllers may share it");
    static final Setting<Integer> OBJECT_STORAGE_PORT = setting(
                    "objectStorage.port", SettingType.integer(1, 65_535), "9000", "port of the S3 server")
            .also("MINIO_PORT");
    static final Setting<Boolean> OBJECT_STORAGE_USE_SSL = setting(
                    "objectStorage.useSsl", SettingType.flag(), "false", "speak TLS to the S3 server")
            .also("MINIO_USE_SSL");
    static final Setting<String> OBJECT_STORAGE_ACCESS_KEY = setting(
                    "objectStorage.accessKey", SettingType.text(), null, "access key of the S3 server")
            .also("MINIO_ACCESS_KEY")
            .masked();
    static final Setting<String> OBJECT_STORAGE_SECRET_KEY = setting(
                    "objectStorage.secretKey", SettingType.text(), null, "secret key of the S3 server")
            .also("MINIO_SECRET_KEY")
            .masked();
    static final Setting<String> OBJECT_STORAGE_BUCKET = setting(
                    "objectStorage.bucket", SettingType.text(), "aiwm-models", "bucket for models and results")
            .also("MINIO_BUCKET");
    static final Setting<Path> OBJECT_STORAGE_CA = setting(
            "objectStorage.ca",
            SettingType.path(),
            null,
            "PEM file of the authorities that the certificate of the S3 server may come from; none: those that the JVM"
                    + " trusts");
    static final Setting<URI> OBJECT_STORAGE_PUBLIC_URL = setting(
            "objectStorage.publicUrl",
            SettingType.serverUrl(),
            null,
            "where workers and browsers reach the S3 server; signed URLs name it; none: as the controller does");

    static Config.Storage storage(Values v) {
        return new Config.Storage(v.get(STORAGE_MONGO_URI), v.get(STORAGE_SYNC), v.get(ACCEPT_EMPTY));
    }

    static Config.ObjectStorage objectStorage(Values v) {
        return new Config.ObjectStorage(
                v.get(OBJECT_STORAGE_ENDPOINT),
                v.get(OBJECT_STORAGE_FOLDER),
                v.get(OBJECT_STORAGE_PORT),
                new Config.ServerTls(v.get(OBJECT_STORAGE_USE_SSL), v.get(OBJECT_STORAGE_CA)),
                new Config.S3Keys(v.get(OBJECT_STORAGE_ACCESS_KEY), v.get(OBJECT_STORAGE_SECRET_KEY)),
                v.get(OBJECT_STORAGE_BUCKET),
                v.get(OBJECT_STORAGE_PUBLIC_URL));
    }
}

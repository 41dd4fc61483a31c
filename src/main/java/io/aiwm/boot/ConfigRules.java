package io.aiwm.boot;

import io.aiwm.boot.Config.Mode;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.time.Duration;

/** The rules that one setting alone cannot check: how values fit together, and which secrets are too weak. */
final class ConfigRules {
    private static final int MOST_PORT = 65_535;
    /** Longer than the time from finding an image to the creation of the container that uses it. */
    private static final Duration SHORTEST_IMAGE_RETENTION = Duration.ofHours(1);

    private ConfigRules() {}

    /** Notes every mistake in {@code v}. */
    static void check(Values v, Config config) {
        fleet(v, config);
        worker(v, config);
        controllerCa(v, config.worker());
        proxy(v, config.worker().proxy());
        objectStorageCa(v, config.objectStorage());
        cluster(v, config);
        addresses(v, config);
        secrets(v, config);
    }

    private static void fleet(Values v, Config config) {
        Duration heartbeat = config.fleet().heartbeatInterval();
        if (config.fleet().unhealthyAfter().compareTo(heartbeat) <= 0) {
            v.refuse(FleetSettings.FLEET_UNHEALTHY_AFTER, "must be longer than fleet.heartbeatInterval");
        }
        if (config.fleet().offlineAfter().compareTo(config.fleet().unhealthyAfter()) < 0) {
            v.refuse(FleetSettings.FLEET_OFFLINE_AFTER, "must not be shorter than fleet.unhealthyAfter");
        }
        if (config.scheduler().reservedCpu() >= 1) {
            v.refuse(SchedulerSettings.SCHEDULER_RESERVED_CPU, "must be less than 1, or no work would ever fit");
        }
        if (config.scheduler().reservedMemory() >= 1) {
            v.refuse(SchedulerSettings.SCHEDULER_RESERVED_MEMORY, "must be less than 1, or no work would ever fit");
        }
        if (config.scheduler().cooldownMax().compareTo(config.scheduler().cooldown()) < 0) {
            v.refuse(SchedulerSettings.SCHEDULER_COOLDOWN_MAX, "must not be shorter than scheduler.cooldown");
        }
        if (config.fleet().stormShare() > 1) {
            v.refuse(FleetSettings.FLEET_STORM_SHARE, "must be from 0 to 1");
        }
        if (config.executions().retryBackoffMax().compareTo(config.executions().retryBackoff()) < 0) {
            v.refuse(
                    ExecutionSettings.EXECUTIONS_RETRY_BACKOFF_MAX, "must not be shorter than executions.retryBackoff");
        }
    }

    private static void worker(Values v, Config config) {
        Duration images = config.worker().images().after();
        if (!images.isZero() && images.compareTo(SHORTEST_IMAGE_RETENTION) < 0) {
            v.refuse(
                    SandboxSettings.WORKER_DOCKER_IMAGE_RETENTION,
                    "must be 0s or at least 1h, so that no image goes while it is awaited");
        }
        config.worker().images().pinned().stream()
                .filter(name -> name.matches(".*[*?\\s].*"))
                .forEach(name -> v.refuse(
                        SandboxSettings.WORKER_DOCKER_PINNED_IMAGES,
                        "must hold exact names of images, not '" + name + "'"));
        if (config.mode().hasController()
                && v.isSet(WorkerSettings.WORKER_CONTROLLER_URL)
                && config.mode() == Mode.STANDALONE) {
            v.refuse(
                    WorkerSettings.WORKER_CONTROLLER_URL,
                    "has no meaning in mode standalone, whose worker has its own controller");
        }
        if (config.mode() == Mode.WORKER) {
            InsecureController.unfit(config.worker().controllerUrl(), v.get(WorkerSettings.CONTROLLER_ALLOW_INSECURE))
                    .ifPresent(why -> v.refuse(WorkerSettings.WORKER_CONTROLLER_URL, why));
        }
    }

    private static void cluster(Values v, Config config) {
        if (config.mode() == Mode.WORKER
                && config.worker().controllerUrl() == null
                && !config.cluster().enabled()) {
            v.refuse(ClusterSettings.CLUSTER_ENABLED, "must be true for a worker without worker.controllerUrl");
        }
        if (config.cluster().port() + config.cluster().ports() - 1 > MOST_PORT) {
            v.refuse(
                    ClusterSettings.CLUSTER_PORTS,
                    "must leave the last port at " + MOST_PORT + " or below, from cluster.port on");
        }
        config.cluster().members().stream()
                .filter(member -> !member.matches("\\S+:\\d{1,5}"))
                .forEach(member ->
                        v.refuse(ClusterSettings.CLUSTER_MEMBERS, "must hold host:port, not '" + member + "'"));
        ClusterKey.unfit(config.cluster().key()).ifPresent(why -> v.refuse(ClusterSettings.CLUSTER_KEY, why));
    }

    private static void secrets(Values v, Config config) {
        Secrets.weakKey(config.auth().jwtKey()).ifPresent(why -> v.refuse(AuthSettings.AUTH_JWT_KEY, why));
        SigningKey.unfit(config.auth().signingKey()).ifPresent(why -> v.refuse(AuthSettings.AUTH_SIGNING_KEY, why));
        SecretKeys.unfit(config.secrets().key(), 1).ifPresent(why -> v.refuse(StoredSecretSettings.SECRETS_KEY, why));
        SecretKeys.unfit(config.secrets().previousKeys(), SecretKeys.MOST_PREVIOUS)
                .ifPresent(why -> v.refuse(StoredSecretSettings.SECRETS_PREVIOUS_KEYS, why));
        Secrets.weakPassword(config.auth().adminPassword())
                .ifPresent(why -> v.refuse(AuthSettings.AUTH_ADMIN_PASSWORD, why));
    }

    private static void objectStorageCa(Values v, Config.ObjectStorage storage) {
        if (storage.tls().ca() == null) {
            return;
        }
        if (storage.endpoint() == null || !storage.tls().enabled()) {
            v.refuse(StorageSettings.OBJECT_STORAGE_CA, "needs objectStorage.endpoint and objectStorage.useSsl");
        }
        if (!Files.isReadable(storage.tls().ca())) {
            v.refuse(
                    StorageSettings.OBJECT_STORAGE_CA,
                    "is not a file that can be read: " + storage.tls().ca());
        }
    }

    private static void proxy(Values v, Config.Proxy proxy) {
        if ((proxy.certificate() == null) != (proxy.key() == null)) {
            v.refuse(ProxySettings.WORKER_PROXY_CERTIFICATE, "and worker.proxy.key need each other");
        } else if (proxy.certificate() != null) {
            if (!Files.isReadable(proxy.certificate())) {
                v.refuse(
                        ProxySettings.WORKER_PROXY_CERTIFICATE,
                        "is not a file that can be read: " + proxy.certificate());
            }
            if (!Files.isReadable(proxy.key())) {
                v.refuse(ProxySettings.WORKER_PROXY_KEY, "is not a file that can be read: " + proxy.key());
            }
        }
    }

    private static void controllerCa(Values v, Config.Worker worker) {
        if (worker.controllerCa() == null) {
            return;
        }
        if (worker.controllerUrl() == null
                || !"wss".equals(worker.controllerUrl().getScheme())) {
            v.refuse(WorkerSettings.WORKER_CONTROLLER_CA, "needs a wss worker.controllerUrl");
        }
        if (!Files.isReadable(worker.controllerCa())) {
            v.refuse(WorkerSettings.WORKER_CONTROLLER_CA, "is not a file that can be read: " + worker.controllerCa());
        }
    }

    /** Checks only the addresses that this process will listen on. Resolves names, as the start does. */
    private static void addresses(Values v, Config config) {
        if (config.cluster().enabled()) {
            ClusterRules.unfit(config.cluster()).ifPresent(why -> v.refuse(ClusterSettings.CLUSTER_HOST, why));
        }
        if (config.mode().hasController()) {
            try {
                InetAddress.getByName(config.http().host());
            } catch (UnknownHostException unknown) {
                v.refuse(
                        HttpSettings.HTTP_HOST,
                        "is not a known address: '" + config.http().host() + "'");
            }
        }
    }
}

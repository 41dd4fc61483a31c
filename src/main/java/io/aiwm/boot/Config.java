package io.aiwm.boot;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Everything that can be set, typed and checked. Built once at start by {@link ConfigLoader}: defaults, then the YAML
 * file, then the environment, then flags.
 *
 * <p>Longer than other files because it is one table: each section is a record, in the order of docs/configuration.md, and
 * most lines describe one value. The classes named {@code …Settings} hold the keys, the defaults and the allowed values.
 *
 * @param dataDir where state, secrets and the worker's journal live; absolute
 * @param shutdownTimeout how long a clean stop may take before the process ends anyway
 */
@RecordBuilder
public record Config(
        Mode mode,
        Path dataDir,
        Http http,
        Cluster cluster,
        Storage storage,
        ObjectStorage objectStorage,
        Redis redis,
        Smtp smtp,
        Notifications notifications,
        Auth auth,
        Fleet fleet,
        Executions executions,
        Jobs jobs,
        Models models,
        Inference inference,
        Batches batches,
        Agents agents,
        Events events,
        Audit audit,
        StoredSecrets secrets,
        Engines engines,
        Shells shells,
        Retention retention,
        Scheduler scheduler,
        Worker worker,
        Log log,
        Duration shutdownTimeout) {

    /** What one process is. */
    public enum Mode {
        CONTROLLER,
        WORKER,
        STANDALONE;

        public boolean hasController() {
            return this != WORKER;
        }

        public boolean hasWorker() {
            return this != CONTROLLER;
        }
    }

    /**
     * @param host address to listen on; loopback by default
     * @param corsOrigins origins that may call the API from a browser; empty: none but our own page
     * @param trustedProxies addresses or networks of reverse proxies whose X-Forwarded-For is believed
     * @param maxBodyBytes larger requests are refused with 413
     * @param requestTimeout an answer that takes longer becomes 504
     * @param idleTimeout silent connections are closed
     */
    public record Http(
            String host,
            int port,
            List<String> corsOrigins,
            List<Network> trustedProxies,
            long maxBodyBytes,
            Duration requestTimeout,
            Duration idleTimeout) {}

    /**
     * The Hazelcast cluster that carries the event bus. Explicit members, multicast off.
     *
     * @param host private address to bind to; loopback by default. Hazelcast's traffic is not encrypted: never a public
     *     address
     * @param port first port tried for a member
     * @param ports how many from {@code port} on are tried, one after the other, until one is free
     * @param busPort the event bus's own port on the same host; 0: any free one
     * @param members {@code host:port} of members to join; empty: those ports on our own host
     * @param allowPublicAddress bind even to a public or wildcard address, which is otherwise refused
     * @param key one key, or two while it is exchanged, of 32 bytes in base64url; null: {@code cluster.key} under dataDir
     */
    @RecordBuilder
    public record Cluster(
            boolean enabled,
            String name,
            String host,
            int port,
            int ports,
            int busPort,
            List<String> members,
            boolean allowPublicAddress,
            String key) {
        @Override
        public String toString() {
            return "Cluster[" + name + "]";
        }
    }

    /**
     * @param mongoUri null: embedded SQLite under the data directory
     * @param sync full: survives power loss; normal: survives kill -9
     * @param acceptEmpty a data file that is lost is made anew
     */
    public record Storage(String mongoUri, Sync sync, boolean acceptEmpty) {
        /** Whether records are in SQLite, which belongs to one controller; otherwise in MongoDB, which several may share. */
        public boolean isEmbedded() {
            return mongoUri == null;
        }

        public enum Sync {
            FULL,
            NORMAL
        }
    }

    /**
     * Where model files and job outputs go.
     *
     * @param endpoint host of an S3 server; null: a folder
     * @param folder absolute; not used with an S3 server
     * @param publicUrl of the S3 server for those who are given signed URLs; null: the endpoint
     */
    public record ObjectStorage(
            String endpoint, Path folder, int port, ServerTls tls, S3Keys keys, String bucket, URI publicUrl) {
        @Override
        public String toString() {
            return "ObjectStorage[" + endpoint + "]";
        }
    }

    /** @param ca PEM file of the authorities that a server's certificate may come from; null: those of the JVM */
    public record ServerTls(boolean enabled, Path ca) {}

    /** Null, both: the server asks for none. */
    public record S3Keys(String accessKey, String secretKey) {
        @Override
        public String toString() {
            return "S3Keys[masked]";
        }
    }

    /**
     * @param host null: what is for the queue waits in the store
     * @param user null: the one that a password alone means
     * @param password null: none
     */
    @RecordBuilder
    public record Redis(String host, int port, String user, String password, int database, ServerTls tls) {
        @Override
        public String toString() {
            return "Redis[" + host + "]";
        }
    }

    /**
     * A server that takes e-mails.
     *
     * @param host null: there is none
     * @param user null: none is asked for
     */
    public record Smtp(String host, int port, Security security, String user, String password, String from) {
        public enum Security {
            STARTTLS,
            TLS,
            NONE
        }

        @Override
        public String toString() {
            return "Smtp[" + host + "]";
        }
    }

    /** @param internalHosts host names or addresses that webhooks may reach although they are internal */
    public record Notifications(List<String> internalHosts) {}

    /**
     * @param adminPassword null: generated at first start and stored with mode 0600 under the data directory
     * @param jwtKey null: generated likewise; at least 32 bytes when given
     * @param signingKey PEM as {@link SigningKey} reads it; null: {@code jwtKey} signs the tokens of users too
     * @param passwordIterations of hashes of passwords that are set from now on
     */
    public record Auth(
            String adminPassword,
            String jwtKey,
            String signingKey,
            Duration tokenLifetime,
            Duration nodeTokenLifetime,
            int passwordIterations) {
        @Override
        public String toString() {
            return "Auth[masked]";
        }
    }

    /**
     * How the controller watches its workers.
     *
     * @param heartbeatInterval what workers are told
     * @param unhealthyAfter silence after which a node gets no new work
     * @param offlineAfter silence after which its work is taken as lost
     * @param openRegistration whether a new cluster member without a token may register under an unused node id
     * @param stormShare when more than this share of the nodes vanish together, nothing of theirs is started elsewhere; 0 or
     *     1: whatever vanishes is lost
     * @param stormMinNodes fewer vanished nodes than this are no storm
     */
    public record Fleet(
            Duration heartbeatInterval,
            Duration metricsInterval,
            Duration unhealthyAfter,
            Duration offlineAfter,
            boolean openRegistration,
            double stormShare,
            int stormMinNodes) {}

    /**
     * @param tick how often the monitor looks for what stands still
     * @param retryBackoff wait before the second attempt; doubles, at most {@code retryBackoffMax}
     * @param resendAfter a command without ack is sent again after this, doubling
     */
    @RecordBuilder
    public record Executions(
            int maxSteps,
            int maxOpen,
            Duration defaultTimeout,
            Duration tick,
            Duration retryBackoff,
            Duration retryBackoffMax,
            Duration resendAfter) {}

    /**
     * What a job gets that says nothing of it, and what of one job's files is kept; more is refused.
     *
     * @param cpu cores; 0: no claim and no limit
     * @param memoryBytes 0: no claim and no limit
     * @param timeout of one attempt, from its assignment
     * @param maxInputBytes the uploaded archive
     * @param maxOutputBytes the archive of what it made
     * @param maxLogBytes the end of its log
     */
    public record Jobs(
            double cpu,
            long memoryBytes,
            Duration timeout,
            long maxInputBytes,
            long maxOutputBytes,
            long maxLogBytes) {}

    /**
     * How much may be kept of models, and from where they are fetched.
     *
     * @param maxFileBytes of one file
     * @param maxUserBytes of all versions that one user has made; 0: no limit
     * @param maxTotalBytes of all versions; 0: no limit
     * @param hubEndpoint a hub with the paths of HuggingFace
     * @param hubToken goes to the hub's own host alone; null: none
     * @param allowedDownloadHosts host names or addresses that may be fetched from although they are internal
     */
    public record Models(
            long maxFileBytes,
            long maxUserBytes,
            long maxTotalBytes,
            URI hubEndpoint,
            String hubToken,
            List<String> allowedDownloadHosts,
            Duration abandonedAfter) {
        @Override
        public String toString() {
            return "Models[" + hubEndpoint + "]";
        }
    }

    /**
     * How calls of models are passed on.
     *
     * @param maxBodyBytes larger calls are refused with 413
     * @param heldBodyBytes that all calls may hold together; 0: an eighth of the heap
     * @param receiveTimeout a call whose body takes longer to arrive is ended
     * @param firstByteTimeout how long a replica may take before the first byte of its answer
     * @param idleTimeout how long a replica may be silent within an answer
     * @param queue calls that may wait for the replicas of one deployment
     * @param queueTimeout how long a call waits for a replica
     * @param proxyConcurrency calls below /proxy that one replica has at once, WebSockets included
     * @param retries how often a call is sent to another replica
     * @param internalEndpoints whether external endpoints may have addresses of this machine or of private networks
     * @param replicaNetworks in which replicas are called; empty: at every address but link-local and multicast ones
     */
    @RecordBuilder
    public record Inference(
            long maxBodyBytes,
            long heldBodyBytes,
            Duration receiveTimeout,
            Duration firstByteTimeout,
            Duration idleTimeout,
            int queue,
            Duration queueTimeout,
            int proxyConcurrency,
            int retries,
            boolean internalEndpoints,
            List<Network> replicaNetworks) {}

    /**
     * How much is kept of batches of model calls, and how fast they go on.
     *
     * @param maxLines of one batch
     * @param maxFiles of one user
     * @param maxUserBytes of all files of one user
     * @param maxOpen batches of one user
     * @param retention of files, and of batches that have ended
     * @param parallel calls of one batch at once
     * @param maxParallel calls of all batches at once
     */
    @RecordBuilder
    public record Batches(
            long maxFileBytes,
            int maxLines,
            int maxFiles,
            long maxUserBytes,
            int maxOpen,
            Duration retention,
            int parallel,
            int maxParallel) {}

    /**
     * @param internalHosts host names or addresses that tools may reach although they are internal
     * @param turnsAtOnce of one user
     * @param turnsPerHour of one user; 0: any number
     */
    public record Agents(List<String> internalHosts, int turnsAtOnce, int turnsPerHour) {}

    /**
     * What the values of stored secrets are sealed with.
     *
     * @param key 32 bytes in base64; null: generated at first start and stored with mode 0600 under the data directory
     * @param previousKeys further ones that open what is stored; null: none
     */
    public record StoredSecrets(String key, String previousKeys) {
        @Override
        public String toString() {
            return "StoredSecrets[masked]";
        }
    }

    /**
     * Images of inference engines.
     *
     * @param llamacppCuda of the one that uses GPUs
     */
    public record Engines(String llamacpp, String llamacppCuda, String vllm, String tgi, String ollama) {}

    /**
     * Shells in containers of deployments.
     *
     * @param enabled whether anyone may open one
     * @param ofOneUser how many one user has open at one controller
     * @param ofOneNode how many are open in one node, through one controller
     * @param idle after which time without anything typed one is ended
     * @param bytesPerSecond how much one prints, and takes, at most
     */
    public record Shells(boolean enabled, int ofOneUser, int ofOneNode, Duration idle, long bytesPerSecond) {}

    /**
     * The log of all events.
     *
     * @param kept how many are kept, at least
     * @param age after which one is forgotten
     * @param routinePerSecond how many routine events a second are told one by one
     */
    public record Events(int kept, Duration age, int routinePerSecond) {}

    /** @param age after which the record of who changed what is forgotten */
    public record Audit(Duration age) {}

    /**
     * When what has ended is forgotten; whatever is pinned stays.
     *
     * @param executionsAge of executions and jobs, from their end; zero: however old
     * @param executionsCount how many that have ended are kept; 0: all
     * @param filesAge of inputs, outputs and logs of jobs that have ended, which go before their jobs do; zero: with them
     * @param filesCount how many files are kept; 0: all
     * @param eventsAge of events
     * @param eventsCount how many events of one deployment are kept
     * @param usageAge of what calls of models used
     * @param metricsAge of what nodes, GPUs and replicas used
     */
    @RecordBuilder
    public record Retention(
            Duration executionsAge,
            long executionsCount,
            Duration filesAge,
            long filesCount,
            Duration eventsAge,
            int eventsCount,
            Duration usageAge,
            Duration metricsAge) {}

    /**
     * How work finds its node.
     *
     * @param policy whether work is packed onto few nodes or spread over many
     * @param reservedCpu share of each node's cores that is promised to nobody, 0 to 1
     * @param reservedMemory share of each node's memory likewise
     * @param ageing how long a step waits until it ranks like one of the next higher priority class
     * @param reserveAfter when the first in the queue has waited this long, a node is kept free for it
     * @param preemption whether more urgent work may take the place of preemptible work
     * @param cooldownAfter failures in a row after which a node gets nothing new for a while
     * @param cooldown how long at first; doubles, at most {@code cooldownMax}
     */
    @RecordBuilder
    public record Scheduler(
            Packing policy,
            double reservedCpu,
            double reservedMemory,
            Weights weights,
            Duration ageing,
            Duration reserveAfter,
            boolean preemption,
            int cooldownAfter,
            Duration cooldown,
            Duration cooldownMax) {
        public enum Packing {
            BINPACK,
            SPREAD
        }
    }

    /** What each term of a node's score counts; every term is 0 to 1. */
    public record Weights(double fit, double spread, double zone, double locality, double gpuReserve) {}

    /**
     * @param controllerUrl {@code wss://host:port/ws/node}, or without TLS where {@link InsecureController} allows it: use
     *     WebSocket; null: join the cluster
     * @param controllerCa PEM file of the authorities trusted for {@code wss}; null: those of the JVM
     * @param nodeToken null: the one kept on disk, or open registration
     * @param resourceInterval how often the probes look for a move of more than 5 %
     * @param jobPollInterval how long a worker on the HTTP transport waits between two asks
     * @param maxParallel commands at once
     */
    @RecordBuilder
    public record Worker(
            URI controllerUrl,
            Path controllerCa,
            String nodeToken,
            String nodeId,
            String nodeName,
            String hostname,
            String role,
            String zone,
            Map<String, String> labels,
            Duration heartbeatInterval,
            Duration metricsInterval,
            Duration resourceInterval,
            Duration replicaInterval,
            Duration jobPollInterval,
            int maxParallel,
            boolean stopContainersOnExit,
            Docker docker,
            ImageRetention images,
            Processes process,
            Gpu gpu,
            Policy policy,
            ModelCache modelCache,
            Proxy proxy) {
        @Override
        public String toString() {
            return "Worker[" + nodeId + "]";
        }
    }

    /**
     * Where a worker of role proxy serves.
     *
     * @param url where callers reach it; null: as it listens
     * @param certificate PEM file; null: no TLS
     * @param key PEM file of its private key; null: no TLS
     */
    public record Proxy(String host, int port, String url, Path certificate, Path key) {}

    /**
     * @param socket path or URI of the engine's socket
     * @param memoryLimitBytes default for containers that name none; 0: no limit
     * @param cpuLimit default cores; 0: no limit
     * @param bindAddress where ports are published that name no address, or {@link #ALL_ADDRESSES}; null: by the mode
     * @param hostPortRange of host ports that are given to ports that name none, first-last; null: the engine's
     */
    public record Docker(
            boolean enabled,
            String socket,
            Duration timeout,
            long memoryLimitBytes,
            double cpuLimit,
            String bindAddress,
            String hostPortRange) {
        public static final String ALL_ADDRESSES = "all";
    }

    /**
     * When images and volumes that AIWM brought to the container engine are removed again.
     *
     * @param after the last use; zero: never
     * @param pinned names of images that stay
     */
    public record ImageRetention(Duration after, List<String> pinned) {}

    /** @param enabled whether jobs may run as plain processes of this machine, with no isolation at all */
    public record Processes(boolean enabled) {}

    public record Gpu(String nvidiaSmiPath, boolean mockMode, Duration timeout) {}

    /**
     * What this worker allows, whatever the controller asks for. Everything is off by default.
     *
     * @param allowedDownloadHosts host names or addresses that models may come from although they are internal
     *     (loopback, private, link-local), e.g. {@code 127.0.0.1}
     */
    @RecordBuilder
    public record Policy(
            boolean allowPrivileged,
            boolean allowHostNetwork,
            boolean allowHostPid,
            boolean allowHostIpc,
            List<String> allowedHostMounts,
            List<String> allowedCapabilities,
            List<String> allowedDevices,
            List<String> allowedImages,
            List<String> allowedDownloadHosts,
            boolean allowShells) {}

    /**
     * @param cacheBytes how much all cached models may have; null: 80 % of what the disk has left for them; 0: no limit
     * @param servePeers whether other workers may fetch contents from this one
     * @param peerAddress to listen on; null: by the mode
     * @param peerPort 0: any free one
     * @param peerStreams how many contents are given out at once
     */
    public record ModelCache(Long cacheBytes, boolean servePeers, String peerAddress, int peerPort, int peerStreams) {}

    /** @param format text or json */
    public record Log(String level, String format) {}
}

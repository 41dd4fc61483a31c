package io.aiwm.inference.route;

import io.aiwm.common.InternalAddresses;
import io.aiwm.inference.ProxyRight;
import io.aiwm.inference.limit.KeyLimits;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;

/**
 * All that a gateway needs to serve without a controller, as JSON: what can be called and who may. Built by the controller, sent to
 * proxies, kept on their disks.
 *
 * @param revision larger for a later one
 */
public record GatewayConfig(
        long revision,
        List<Deployed> deployments,
        List<External> endpoints,
        List<Alias> aliases,
        List<Key> keys,
        List<Team> teams) {

    public GatewayConfig {
        deployments = deployments == null ? List.of() : List.copyOf(deployments);
        endpoints = endpoints == null ? List.of() : List.copyOf(endpoints);
        aliases = aliases == null ? List.of() : List.copyOf(aliases);
        keys = keys == null ? List.of() : List.copyOf(keys);
        teams = teams == null ? List.of() : List.copyOf(teams);
    }

    /** The same without replicas whose address is a machine's own; this where there are none. */
    public GatewayConfig withoutLoopback() {
        if (deployments.stream().noneMatch(Deployed::hasLoopback)) {
            return this;
        }
        return new GatewayConfig(
                revision,
                deployments.stream().map(Deployed::withoutLoopback).toList(),
                endpoints,
                aliases,
                keys,
                teams);
    }

    public static final GatewayConfig EMPTY =
            new GatewayConfig(0, List.of(), List.of(), List.of(), List.of(), List.of());

    /**
     * A deployment that serves a model.
     *
     * @param name by which callers name it; several deployments may have one name
     * @param modelName of the kept model; null: it has none
     * @param modelVersion null: it has none
     * @param modelAliases of that model which name that version, for example {@code stable}
     * @param engine {@code llamacpp}, {@code vllm}, {@code tgi}, {@code ollama}, {@code custom}; null: a plain container
     * @param upstreamModel what the engine calls its model; null: the caller's word is passed on
     * @param replicas those that are ready
     * @param concurrency calls at once per replica; 0: not limited
     * @param context tokens of one sequence, prompt and answer together; 0: not known
     * @param queue calls that may wait; 0: the gateway's default
     * @param state of the deployment, for example {@code RUNNING}
     * @param reason why none is ready, in words; null: nothing to say
     * @param onDemand whether a call may wake it
     * @param yields whether it gets no new calls for now: they wait until it does again
     * @param guarded whether its engine has paths beside its API that are for AIWM alone
     */
    @RecordBuilder
    public record Deployed(
            String id,
            String name,
            String modelName,
            Integer modelVersion,
            List<String> modelAliases,
            String engine,
            String upstreamModel,
            List<Replica> replicas,
            int concurrency,
            int context,
            int queue,
            String state,
            String reason,
            boolean onDemand,
            boolean yields,
            boolean guarded) {
        public Deployed {
            modelAliases = modelAliases == null ? List.of() : List.copyOf(modelAliases);
            replicas = replicas == null ? List.of() : List.copyOf(replicas);
        }

        private boolean hasLoopback() {
            return replicas.stream().anyMatch(Replica::isLoopback);
        }

        private Deployed withoutLoopback() {
            return GatewayConfigDeployedBuilder.builder(this)
                    .replicas(replicas.stream().filter(one -> !one.isLoopback()).toList())
                    .build();
        }
    }

    /**
     * A replica that is ready.
     *
     * @param id of this container: another one of the same replica has another id
     * @param host an address that the gateway can reach
     * @param readyAt since when
     */
    public record Replica(String id, int index, String nodeId, String host, int port, Instant readyAt) {
        private boolean isLoopback() {
            return InternalAddresses.isLoopback(host);
        }
    }

    /**
     * An OpenAI-compatible service that AIWM does not run.
     *
     * @param baseUrl up to and with {@code /v1}
     * @param authorization value of the header; null: none. Secret: only in what proxies are sent
     * @param upstreamModel what it calls the model; null: the caller's word is passed on
     * @param concurrency calls at once; 0: not limited
     */
    public record External(
            String id, String name, String baseUrl, String authorization, String upstreamModel, int concurrency) {
        @Override
        public String toString() {
            return "External[" + id + "]";
        }
    }

    /**
     * Another name for one or more models.
     *
     * @param targets at least one, with positive weights
     * @param fallback models tried in order when no target answers
     */
    public record Alias(String name, List<Weighted> targets, List<String> fallback) {
        public Alias {
            targets = targets == null ? List.of() : List.copyOf(targets);
            fallback = fallback == null ? List.of() : List.copyOf(fallback);
        }
    }

    public record Weighted(String to, int weight) {}

    /**
     * An API key that may call.
     *
     * @param hash SHA-256 of the key in hex
     * @param expiresAt null: never
     * @param proxyRight null: none
     */
    public record Key(
            String id,
            String hash,
            String user,
            String team,
            Instant expiresAt,
            KeyLimits limits,
            ProxyRight proxyRight) {
        @Override
        public String toString() {
            return "Key[" + id + "]";
        }
    }

    public record Team(String name, KeyLimits limits) {}
}

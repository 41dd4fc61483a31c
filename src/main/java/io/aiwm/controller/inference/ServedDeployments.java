package io.aiwm.controller.inference;

import io.aiwm.controller.deployment.Deployment;
import io.aiwm.inference.route.GatewayConfig.Deployed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The deployments that can be called, in memory, each as of its newest version that was seen. Thread-safe. */
final class ServedDeployments {
    private final ReplicaAddresses addresses;
    private final Map<String, ServedDeployment> served = new ConcurrentHashMap<>();
    /** Of kept models, by id. */
    private final Map<String, ModelAliases> modelAliases = new ConcurrentHashMap<>();
    /** What was built last, to be used again for what has not changed. Of {@link #build}. */
    private Map<String, Built> last = Map.of();

    /** @param are alias to version. @param version of the record of the model */
    private record ModelAliases(Map<String, Integer> are, long version) {
        static final ModelAliases NONE = new ModelAliases(Map.of(), 0);
    }

    /** @param whole whether every replica that is ready has an address */
    private record Built(ServedDeployment of, Map<String, Integer> aliases, Deployed deployed, boolean whole) {}

    ServedDeployments(ReplicaAddresses addresses) {
        this.addresses = addresses;
    }

    /** @return what is new of it; null: it is not newer than what was seen, or cannot be called */
    ServedDeployment take(Deployment deployment) {
        ServedDeployment next = ServedDeployment.of(deployment);
        if (next == null) {
            gone(deployment.id(), deployment.version() + 1);
            return null;
        }
        ServedDeployment now = served.merge(next.id(), next, (a, b) -> b.version() > a.version() ? b : a);
        return now == next ? next : null;
    }

    /** Drops it unless what is here is of that version or a later one. */
    void gone(String id, long version) {
        served.computeIfPresent(id, (key, seen) -> seen.version() < version ? null : seen);
    }

    boolean has(String id, long version) {
        ServedDeployment seen = served.get(id);
        return seen != null && seen.version() >= version;
    }

    Set<String> ids() {
        return Set.copyOf(served.keySet());
    }

    Set<String> modelIds() {
        return served.values().stream()
                .map(ServedDeployment::modelId)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    /** Notes that the aliases of a model are being read. @return false: they are known, or being read */
    boolean wantsAliases(String modelId) {
        return modelAliases.putIfAbsent(modelId, ModelAliases.NONE) == null;
    }

    boolean knowsAliases(String modelId) {
        return modelAliases.containsKey(modelId);
    }

    /** @param version of the record of the model, which says so: what an older one says is not taken */
    void aliases(String modelId, Map<String, Integer> are, long version) {
        modelAliases.merge(
                modelId, new ModelAliases(are, version), (seen, next) -> next.version >= seen.version ? next : seen);
    }

    /** They could not be read, and are to be read again. */
    void forgetAliases(String modelId) {
        modelAliases.remove(modelId);
    }

    void keepAliasesOf(Set<String> modelIds) {
        modelAliases.keySet().retainAll(modelIds);
    }

    /** All of them, by name. */
    synchronized List<Deployed> build() {
        Map<String, Built> next = new HashMap<>();
        List<Deployed> all = new ArrayList<>();
        served.values().forEach(one -> {
            Map<String, Integer> aliases =
                    one.modelId() == null ? Map.of() : modelAliases.getOrDefault(one.modelId(), ModelAliases.NONE).are;
            Built before = last.get(one.id());
            Built now = before != null && before.of == one && before.aliases.equals(aliases) && before.whole
                    ? before
                    : built(one, aliases);
            next.put(one.id(), now);
            all.add(now.deployed);
        });
        last = next;
        all.sort((a, b) ->
                a.name().equals(b.name()) ? a.id().compareTo(b.id()) : a.name().compareTo(b.name()));
        return all;
    }

    private Built built(ServedDeployment one, Map<String, Integer> aliases) {
        Deployed deployed = one.from(addresses, aliases);
        return new Built(
                one,
                aliases,
                deployed,
                deployed.replicas().size() == one.ports().size());
    }

    /** Whether a replica that is ready has no address yet. */
    synchronized boolean lacksAddresses() {
        return last.values().stream().anyMatch(one -> !one.whole);
    }
}

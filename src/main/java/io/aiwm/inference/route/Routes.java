package io.aiwm.inference.route;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/** Which deployments and endpoints a name means. Immutable. */
public final class Routes {
    private static final int MOST_NESTED = 8;
    private static final int MOST_TARGETS = 32;

    private final Map<String, List<String>> named = new TreeMap<>();
    private final Map<String, GatewayConfig.Alias> aliases = new TreeMap<>();
    private final Set<String> listed = new TreeSet<>();

    public Routes(GatewayConfig config) {
        for (GatewayConfig.Alias alias : config.aliases()) {
            aliases.put(alias.name(), alias);
            listed.add(alias.name());
        }
        for (GatewayConfig.Deployed each : config.deployments()) {
            add(each.name(), each.id());
            listed.add(each.name());
            versions(each, each.name());
        }
        for (GatewayConfig.External each : config.endpoints()) {
            add(each.name(), each.id());
            listed.add(each.name());
        }
        // what is deployed comes before the model that it serves: they may have one name
        Set<String> taken = Set.copyOf(named.keySet());
        for (GatewayConfig.Deployed each : config.deployments()) {
            if (each.modelName() != null) {
                if (!taken.contains(each.modelName())) {
                    add(each.modelName(), each.id());
                    listed.add(each.modelName());
                }
                if (!each.modelName().equals(each.name())) {
                    versions(each, each.modelName());
                }
            }
        }
    }

    private void versions(GatewayConfig.Deployed each, String name) {
        if (each.modelVersion() != null) {
            add(name + "@" + each.modelVersion(), each.id());
        }
        each.modelAliases().forEach(alias -> add(name + "@" + alias, each.id()));
    }

    private void add(String name, String id) {
        List<String> ids = named.computeIfAbsent(name, none -> new ArrayList<>());
        if (!ids.contains(id)) {
            ids.add(id);
        }
    }

    /** Names of what can be called, in order, without versions. */
    public Set<String> names() {
        return listed;
    }

    public boolean knows(String name) {
        return aliases.containsKey(name) || named.containsKey(name);
    }

    /**
     * What may take a call, in the order in which it is tried: by the weights of an alias, then its other targets, then its fallbacks.
     *
     * @param load what has less is tried first where several deployments serve a name
     */
    public Plan plan(String name, RandomGenerator random, ToDoubleFunction<String> load) {
        List<String> one = aliases.containsKey(name) ? null : named.get(name);
        if (one != null && one.size() == 1) {
            return new Plan(one, Set.of());
        }
        var plan = new LinkedHashSet<String>();
        var interchangeable = new LinkedHashSet<String>();
        expand(name, new Expansion(random, load, plan, interchangeable), 0);
        return new Plan(List.copyOf(plan), interchangeable.size() < 2 ? Set.of() : interchangeable);
    }

    /**
     * @param ids empty: nothing has this name
     * @param interchangeable those of them that no fallback led to: targets of an alias, deployments of one name. Empty where there are fewer than two
     */
    public record Plan(List<String> ids, Set<String> interchangeable) {}

    /** Ids of all that may take a call. */
    public List<String> all(String name) {
        return plan(name, () -> 0, id -> 0).ids();
    }

    /** @param interchangeable null: a fallback led here */
    private record Expansion(
            RandomGenerator random, ToDoubleFunction<String> load, Set<String> plan, Set<String> interchangeable) {
        void add(String id) {
            plan.add(id);
            if (interchangeable != null) {
                interchangeable.add(id);
            }
        }

        Expansion fallback() {
            return new Expansion(random, load, plan, null);
        }
    }

    private void expand(String name, Expansion into, int depth) {
        if (depth > MOST_NESTED || into.plan.size() >= MOST_TARGETS) {
            return;
        }
        GatewayConfig.Alias alias = aliases.get(name);
        if (alias == null) {
            List<String> ids = named.getOrDefault(name, List.of());
            if (ids.size() == 1) {
                into.add(ids.get(0));
            } else {
                ids.stream().sorted(Comparator.comparingDouble(into.load)).forEach(into::add);
            }
            return;
        }
        var left = new ArrayList<>(alias.targets());
        while (!left.isEmpty()) {
            expand(left.remove(drawn(left, into.random)).to(), into, depth + 1);
        }
        Expansion fallback = into.fallback();
        alias.fallback().forEach(each -> expand(each, fallback, depth + 1));
    }

    private static int drawn(List<GatewayConfig.Weighted> from, RandomGenerator random) {
        long sum = 0;
        for (GatewayConfig.Weighted each : from) {
            sum += Math.max(0, each.weight());
        }
        long at = sum == 0 ? 0 : random.nextLong(sum);
        for (int i = 0; i < from.size(); i++) {
            at -= Math.max(0, from.get(i).weight());
            if (at < 0) {
                return i;
            }
        }
        return 0;
    }
}

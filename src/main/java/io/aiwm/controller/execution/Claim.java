package io.aiwm.controller.execution;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.aiwm.common.Amounts;
import io.aiwm.common.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * What an attempt was promised of its node beside a slot. It stands in the attempt, so it is taken in the same write that
 * names the node and given back in the same write that closes the attempt (invariant I6). In JSON the amounts and the
 * ports are fields of one object.
 *
 * @param amounts with the very GPUs that it may use
 * @param hostPorts the node's ports that it alone may publish
 */
@JsonSerialize(using = ClaimJson.Writer.class)
@JsonDeserialize(using = ClaimJson.Reader.class)
public record Claim(Amounts amounts, List<HostPort> hostPorts) {
    public static final Claim NOTHING = new Claim(Amounts.NOTHING);

    public Claim {
        hostPorts = hostPorts == null ? List.of() : List.copyOf(hostPorts);
    }

    public Claim(Amounts amounts) {
        this(amounts, List.of());
    }

    /** @param cpu cores */
    public Claim(double cpu, long memoryBytes, List<Amounts.Gpu> gpus) {
        this(Amounts.of(cpu, memoryBytes, 0, gpus));
    }

    /** Returns what {@link Json#toObject} does; most claims have neither GPUs nor ports, and do without data binding. */
    public JsonObject json() {
        if (!gpus().isEmpty() || !hostPorts.isEmpty()) {
            return Json.toObject(this);
        }
        var json = new JsonObject().put("cpu", amounts.cpu()).put("memoryBytes", amounts.memoryBytes());
        if (amounts.diskBytes() != 0) {
            json.put("diskBytes", amounts.diskBytes());
        }
        return json.put("gpus", new JsonArray());
    }

    public List<Amounts.Gpu> gpus() {
        return amounts.gpus();
    }

    /** Returns whether it holds nothing but a slot. */
    public boolean isNothing() {
        return amounts.isNothing() && hostPorts.isEmpty();
    }

    /** Returns the larger of each amount of both, and the ports of both. */
    public Claim max(Claim other) {
        return equals(other) ? this : new Claim(amounts.max(other.amounts), with(other.hostPorts).hostPorts);
    }

    /**
     * Returns the claim with these ports added. Of the same port on one address and on all of them, all of them count,
     * whichever comes first.
     */
    public Claim with(List<HostPort> more) {
        if (more.isEmpty()) {
            return this;
        }
        var all = new ArrayList<>(hostPorts);
        for (HostPort port : more) {
            if (all.stream().noneMatch(one -> one.covers(port))) {
                all.removeIf(port::covers);
                all.add(port);
            }
        }
        return new Claim(amounts, all);
    }

    /** Returns whether one of these ports is among its own. */
    public boolean collides(List<HostPort> others) {
        for (HostPort port : hostPorts) {
            for (HostPort other : others) {
                if (port.collides(other)) {
                    return true;
                }
            }
        }
        return false;
    }
}

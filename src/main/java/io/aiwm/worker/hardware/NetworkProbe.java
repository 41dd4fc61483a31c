package io.aiwm.worker.hardware;

import io.aiwm.protocol.SystemInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import oshi.hardware.HardwareAbstractionLayer;
import oshi.hardware.NetworkIF;

/** Interfaces without loopback and the container ends of veth pairs, with rates since the sample before. */
final class NetworkProbe implements Probe {
    private static final int MAX = 64;

    private record Counted(long received, long sent, long nanos) {}

    private final HardwareAbstractionLayer hardware;
    private Map<String, Counted> before = Map.of();

    NetworkProbe(HardwareAbstractionLayer hardware) {
        this.hardware = hardware;
    }

    @Override
    public void look(Sample sample) {
        var counted = new HashMap<String, Counted>();
        var found = new ArrayList<SystemInfo.NetworkInterface>();
        for (NetworkIF each : hardware.getNetworkIFs()) {
            if (each.getName().startsWith("veth") || found.size() >= MAX) {
                continue;
            }
            var now = new Counted(each.getBytesRecv(), each.getBytesSent(), System.nanoTime());
            Counted last = before.get(each.getName());
            counted.put(each.getName(), now);
            found.add(new SystemInfo.NetworkInterface(
                    each.getName(),
                    each.getMacaddr(),
                    addresses(each),
                    now.received,
                    now.sent,
                    last == null ? null : rate(last.received, now.received, now.nanos - last.nanos),
                    last == null ? null : rate(last.sent, now.sent, now.nanos - last.nanos)));
        }
        before = counted;
        sample.network = found;
    }

    private static List<String> addresses(NetworkIF each) {
        var all = new ArrayList<>(List.of(each.getIPv4addr()));
        all.addAll(List.of(each.getIPv6addr()));
        return all;
    }

    /** Null where the counter began anew. */
    static Double rate(long before, long now, long nanos) {
        return now < before || nanos <= 0 ? null : (now - before) * 1e9 / nanos;
    }
}

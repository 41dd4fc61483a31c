package io.aiwm.worker.hardware;

import io.aiwm.boot.Config;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks every probe, on a worker thread, one sample at a time. From any thread. */
public final class HardwareSampler {
    private static final Logger log = LoggerFactory.getLogger(HardwareSampler.class);

    private final Vertx vertx;
    private final Path data;
    private final Supplier<Future<SystemInfo.ContainerEngine>> engine;
    private final Supplier<List<Probe>> makeProbes;
    private final Set<Class<?>> blind = new HashSet<>();
    private List<Probe> probes;
    private Future<SystemInfo> underWay;
    private volatile SystemInfo last;

    /**
     * @param data where work without containers writes
     * @param engine says how the container engine is; must not fail
     */
    public HardwareSampler(
            Vertx vertx, Config.Gpu gpu, Path data, Supplier<Future<SystemInfo.ContainerEngine>> engine) {
        this(vertx, data, engine, () -> probes(gpu));
    }

    HardwareSampler(
            Vertx vertx,
            Path data,
            Supplier<Future<SystemInfo.ContainerEngine>> engine,
            Supplier<List<Probe>> makeProbes) {
        this.vertx = vertx;
        this.data = data.toAbsolutePath();
        this.engine = engine;
        this.makeProbes = makeProbes;
    }

    /** In reading order; a new part of the machine is one file and one line here. */
    private static List<Probe> probes(Config.Gpu gpu) {
        var machine = new oshi.SystemInfo();
        var os = machine.getOperatingSystem();
        var hardware = machine.getHardware();
        return List.of(
                new OsProbe(os),
                new CpuProbe(hardware.getProcessor()),
                new MemoryProbe(hardware.getMemory()),
                new DiskProbe(os.getFileSystem()),
                new NetworkProbe(hardware),
                gpu.mockMode() ? new MockGpuProbe() : new GpuProbe(gpu));
    }

    /** A fresh sample, or the one that is under way. Never fails: what cannot be seen is null. */
    public synchronized Future<SystemInfo> sample() {
        if (underWay == null) {
            Future<Sample> looked = vertx.executeBlocking(this::look, false);
            underWay = Future.all(looked, engine.get())
                    .map(both -> whole(looked.result(), both.resultAt(1)))
                    .onComplete(this::done);
        }
        return underWay;
    }

    private SystemInfo whole(Sample sample, SystemInfo.ContainerEngine containers) {
        return sample.with(containers).withWorkIn(containers.root() == null ? data : Path.of(containers.root()));
    }

    /** Null before the first. */
    public SystemInfo last() {
        return last;
    }

    private synchronized void done(AsyncResult<SystemInfo> sampled) {
        underWay = null;
        if (sampled.succeeded()) {
            last = sampled.result();
        }
    }

    private Sample look() {
        if (probes == null) {
            // here, not at start: the first look at the hardware takes a moment
            probes = makeProbes.get();
        }
        var sample = new Sample();
        for (Probe probe : probes) {
            try {
                probe.look(sample);
            } catch (RuntimeException | LinkageError cause) {
                if (blind.add(probe.getClass())) {
                    log.warn("{} sees nothing: {}", probe.getClass().getSimpleName(), cause.toString());
                }
            }
        }
        return sample;
    }
}

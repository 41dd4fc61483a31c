package io.aiwm.worker.hardware;

import io.aiwm.protocol.SystemInfo;
import java.util.Locale;
import java.util.Set;
import oshi.software.os.FileSystem;
import oshi.software.os.OSFileStore;

/** Local file systems that hold data. */
final class DiskProbe implements Probe {
    private static final int MAX = 64;
    /** No disk behind them, or the same disk once more for each container. */
    private static final Set<String> NOT_A_DISK =
            Set.of("tmpfs", "devtmpfs", "overlay", "squashfs", "ramfs", "proc", "sysfs", "nsfs", "cgroup2");

    private final FileSystem files;

    DiskProbe(FileSystem files) {
        this.files = files;
    }

    @Override
    public void look(Sample sample) {
        sample.disks = files.getFileStores(true).stream()
                .filter(DiskProbe::holdsData)
                .limit(MAX)
                .map(store -> new SystemInfo.Disk(
                        store.getMount(),
                        store.getType(),
                        store.getTotalSpace(),
                        store.getTotalSpace() - store.getUsableSpace()))
                .toList();
    }

    private static boolean holdsData(OSFileStore store) {
        return store.getTotalSpace() > 0
                && (store.getMount().equals("/")
                        || !NOT_A_DISK.contains(store.getType().toLowerCase(Locale.ROOT)));
    }
}

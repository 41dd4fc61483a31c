package io.aiwm.worker.hardware;

import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code nvidia-smi} prints, a GPU in trouble included. Pure. */
final class GpuTable {
    /** The columns every driver knows. */
    static final String PLAIN_QUERY = "index,uuid,name,memory.total,memory.used,utilization.gpu,temperature.gpu,"
            + "power.draw,power.limit,driver_version,mig.mode.current";
    /** The columns asked for, in the order they are read. */
    static final String QUERY = PLAIN_QUERY + ",ecc.errors.uncorrected.volatile.total,retired_pages.pending";
    /** Asked for beside it: boards that replace rows of their memory say whether that failed, or waits for a reset. */
    static final String ROWS_QUERY = "gpu_uuid,remapped_rows.pending,remapped_rows.failure";

    private static final List<String> COLUMNS = List.of(QUERY.split(","));
    private static final int PLAIN = PLAIN_QUERY.split(",").length;
    private static final long MIB = 1L << 20;
    private static final Pattern GPU = Pattern.compile("^GPU (\\d+):.*");
    private static final Pattern MIG =
            Pattern.compile("^\\s+MIG\\s+(\\S+)\\s+Device\\s+\\d+:\\s+\\(UUID:\\s+(\\S+?)\\)");
    private static final Pattern CUDA = Pattern.compile("CUDA Version\\s*:\\s*([0-9.]+)");

    private GpuTable() {}

    /**
     * One GPU a line that has the right columns; other lines (warnings of the driver) are passed over.
     *
     * @param slices by GPU index, see {@link #slices}
     */
    static List<SystemInfo.Gpu> read(String csv, Map<Integer, List<SystemInfo.MigSlice>> slices, String cuda) {
        return read(csv, slices, cuda, Map.of());
    }

    /** @param rows see {@link #rows} */
    static List<SystemInfo.Gpu> read(
            String csv, Map<Integer, List<SystemInfo.MigSlice>> slices, String cuda, Map<String, String> rows) {
        var gpus = new ArrayList<SystemInfo.Gpu>();
        for (String line : csv.lines().toList()) {
            String[] cells = line.split(",", -1);
            if (cells.length == PLAIN) {
                cells = Arrays.copyOf(cells, COLUMNS.size());
                Arrays.fill(cells, PLAIN, cells.length, "[N/A]");
            }
            if (cells.length == COLUMNS.size() && cells[0].strip().matches("\\d+")) {
                gpus.add(gpu(cells, slices, cuda, rows));
            }
        }
        return gpus;
    }

    private static SystemInfo.Gpu gpu(
            String[] cells, Map<Integer, List<SystemInfo.MigSlice>> slices, String cuda, Map<String, String> rows) {
        int index = Integer.parseInt(cells[0].strip());
        Double total = number(cells[3]);
        Double used = number(cells[4]);
        Double utilization = number(cells[5]);
        Double temperature = number(cells[6]);
        boolean mig = cells[10].strip().equalsIgnoreCase("Enabled");
        return SystemInfoGpuBuilder.builder()
                .index(index)
                .uuid(text(cells[1]))
                .model(text(cells[2]))
                .health(health(cells, rows))
                .memoryTotalBytes(total == null ? null : Math.round(total * MIB))
                .memoryUsedBytes(used == null ? null : Math.round(used * MIB))
                .utilization(utilization == null ? null : utilization / 100)
                .temperature(temperature == null ? null : (int) Math.round(temperature))
                .powerWatts(number(cells[7]))
                .powerLimitWatts(number(cells[8]))
                .driverVersion(text(cells[9]))
                .cudaVersion(cuda)
                .mig(mig)
                .migSlices(mig ? slices.getOrDefault(index, List.of()) : List.of())
                .build();
    }

    /** A field a board does not have reads [N/A] and is nothing to worry about; any other bracket or ERR! is. */
    private static String health(String[] cells, Map<String, String> rows) {
        for (int i = 1; i < cells.length; i++) {
            String cell = cells[i].strip();
            if (isTrouble(cell)) {
                return "the driver reports " + cell.replaceAll("[\\[\\]]", "") + " for " + COLUMNS.get(i);
            }
        }
        Double uncorrected = number(cells[11]);
        if (uncorrected != null && uncorrected > 0) {
            return Math.round(uncorrected) + " uncorrected memory errors since the driver was loaded";
        }
        if (isYes(cells[12])) {
            return "retired memory pages are pending: it wants a reset";
        }
        if (rows.containsKey(cells[1].strip())) {
            return rows.get(cells[1].strip());
        }
        boolean nameless = text(cells[1]) == null || number(cells[3]) == null;
        return nameless ? "the driver says neither who it is nor how much memory it has" : "ok";
    }

    private static boolean isTrouble(String cell) {
        String lower = cell.toLowerCase(Locale.ROOT);
        return lower.contains("err!")
                || lower.contains("unknown error")
                || lower.contains("requires reset")
                || lower.contains("is lost")
                || lower.contains("insufficient permissions");
    }

    /** What is wrong with the memory rows of a GPU, by its UUID; those that are well, or say nothing, are left out. */
    static Map<String, String> rows(String csv) {
        var wrong = new HashMap<String, String>();
        for (String line : csv.lines().toList()) {
            String[] cells = line.split(",", -1);
            if (cells.length != ROWS_QUERY.split(",").length) {
                continue;
            }
            if (isYes(cells[2])) {
                wrong.put(cells[0].strip(), "a row of its memory could not be remapped: it wants to be replaced");
            } else if (isYes(cells[1])) {
                wrong.put(cells[0].strip(), "a remapped row of its memory is pending: it wants a reset");
            }
        }
        return wrong;
    }

    /** Drivers say Yes or 1. */
    private static boolean isYes(String cell) {
        Double count = number(cell);
        return cell.strip().equalsIgnoreCase("Yes") || (count != null && count > 0);
    }

    private static String text(String cell) {
        String stripped = cell.strip();
        return stripped.isEmpty() || stripped.startsWith("[") || isTrouble(stripped) || stripped.equals("N/A")
                ? null
                : stripped;
    }

    /** Null: not given. */
    static Double number(String cell) {
        try {
            double value = Double.parseDouble(cell.strip());
            return Double.isFinite(value) && value >= 0 ? value : null;
        } catch (NumberFormatException notGiven) {
            return null;
        }
    }

    /** MIG slices by GPU index, from {@code nvidia-smi -L}. */
    static Map<Integer, List<SystemInfo.MigSlice>> slices(String listing) {
        var slices = new HashMap<Integer, List<SystemInfo.MigSlice>>();
        Integer gpu = null;
        for (String line : listing.lines().toList()) {
            Matcher header = GPU.matcher(line);
            Matcher slice = MIG.matcher(line);
            if (header.matches()) {
                gpu = Integer.valueOf(header.group(1));
            } else if (gpu != null && slice.find()) {
                slices.computeIfAbsent(gpu, none -> new ArrayList<>())
                        .add(new SystemInfo.MigSlice(slice.group(1), slice.group(2)));
            }
        }
        return slices;
    }

    /** From {@code nvidia-smi -q}; null where it is not said. */
    static String cudaVersion(String details) {
        Matcher matcher = CUDA.matcher(details);
        return matcher.find() ? matcher.group(1) : null;
    }
}

package io.aiwm.worker.hardware;

import io.aiwm.protocol.SystemInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code nvidia-smi} prints, a GPU in trouble included. Pure. */
final class GpuTable {
    /** The columns asked for, in the order they are read. */
    static final String QUERY = "index,uuid,name,memory.total,memory.used,utilization.gpu,temperature.gpu,power.draw,"
            + "power.limit,driver_version,mig.mode.current";

    private static final List<String> COLUMNS = List.of(QUERY.split(","));
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
        var gpus = new ArrayList<SystemInfo.Gpu>();
        for (String line : csv.lines().toList()) {
            String[] cells = line.split(",", -1);
            if (cells.length == COLUMNS.size() && cells[0].strip().matches("\\d+")) {
                gpus.add(gpu(cells, slices, cuda));
            }
        }
        return gpus;
    }

    private static SystemInfo.Gpu gpu(String[] cells, Map<Integer, List<SystemInfo.MigSlice>> slices, String cuda) {
        int index = Integer.parseInt(cells[0].strip());
        Double total = number(cells[3]);
        Double used = number(cells[4]);
        Double utilization = number(cells[5]);
        Double temperature = number(cells[6]);
        boolean mig = cells[10].strip().equalsIgnoreCase("Enabled");
        return new SystemInfo.Gpu(
                index,
                text(cells[1]),
                text(cells[2]),
                health(cells),
                total == null ? null : Math.round(total * MIB),
                used == null ? null : Math.round(used * MIB),
                utilization == null ? null : utilization / 100,
                temperature == null ? null : (int) Math.round(temperature),
                number(cells[7]),
                number(cells[8]),
                text(cells[9]),
                cuda,
                mig,
                mig ? slices.getOrDefault(index, List.of()) : List.of());
    }

    /** A field a board does not have reads [N/A] and is nothing to worry about; any other bracket or ERR! is. */
    private static String health(String[] cells) {
        for (int i = 1; i < cells.length; i++) {
            String cell = cells[i].strip();
            if (isTrouble(cell)) {
                return "the driver reports " + cell.replaceAll("[\\[\\]]", "") + " for " + COLUMNS.get(i);
            }
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

    private static String text(String cell) {
        String stripped = cell.strip();
        return stripped.isEmpty() || stripped.startsWith("[") || isTrouble(stripped) || stripped.equals("N/A")
                ? null
                : stripped;
    }

    private static Double number(String cell) {
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

package io.aiwm.worker.hollow;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The few messages a hollow node says, put together by hand: with thousands of commands a second the worker of a bench
 * must cost next to nothing. One instance per event loop.
 */
final class HollowMessages {
    private final StringBuilder text = new StringBuilder(512);
    private long milliseconds;
    private String timestamp = "";
    private long count;
    private final int gpus;

    /** @param gpus how many a node says that it has */
    HollowMessages(int gpus) {
        this.gpus = gpus;
    }

    String register(String nodeId, int maxParallel, Iterable<String> unacknowledged) {
        var results = new StringBuilder();
        for (String id : unacknowledged) {
            results.append(results.isEmpty() ? "" : ",").append('"').append(id).append('"');
        }
        return begin("node.register")
                .append("\"nodeId\":\"")
                .append(nodeId)
                .append("\",\"name\":\"")
                .append(nodeId)
                .append("\",\"hostname\":\"hollow\",\"agentVersion\":\"hollow\",\"role\":\"")
                .append(gpus == 0 ? "cpu" : "gpu")
                .append("\",\"maxParallel\":")
                .append(maxParallel)
                .append(
                        ",\"capabilities\":[\"docker\",\"container-settings\",\"container-probes\",\"model-volumes\",\"model-fetch\"],"
                                + "\"runtimes\":[\"runc\"],"
                                + "\"labels\":{\"hollow\":\"true\"},"
                                + "\"system\":{\"os\":{\"name\":\"hollow\"},\"cpu\":{\"cores\":64,\"usage\":0.1},"
                                + "\"memory\":{\"totalBytes\":274877906944,\"usedBytes\":1073741824,"
                                + "\"availableBytes\":273804165120},\"disks\":[],\"network\":[],\"gpus\":[")
                .append(gpusOf(nodeId, true))
                .append("],"
                        + "\"containerEngine\":{\"name\":\"docker\",\"version\":\"hollow\",\"reachable\":true}},"
                        + "\"running\":[],\"unacknowledgedResults\":[")
                .append(results)
                .append("]}}")
                .toString();
    }

    /** How full and how busy each is follows from its place, so that every run shows the same. */
    private String gpusOf(String nodeId, boolean whole) {
        var all = new StringBuilder();
        for (int i = 0; i < gpus; i++) {
            int share = Math.floorMod((nodeId + "/" + i).hashCode(), 100);
            int used = share < 30 ? 0 : share;
            all.append(i == 0 ? "{" : ",{").append("\"index\":").append(i);
            if (whole) {
                all.append(",\"uuid\":\"GPU-")
                        .append(nodeId)
                        .append('-')
                        .append(i)
                        .append("\",\"model\":\"NVIDIA H200\",\"health\":\"ok\",\"memoryTotalBytes\":151397597184,")
                        .append("\"temperature\":51,\"powerWatts\":412.5,\"powerLimitWatts\":700,")
                        .append("\"driverVersion\":\"580.95\",\"cudaVersion\":\"13.0\"");
            }
            all.append(",\"memoryUsedBytes\":")
                    .append(1513975971L * used)
                    .append(",\"utilization\":")
                    .append(used == 0 ? 0 : (share % 20) / 20.0)
                    .append('}');
        }
        return all.toString();
    }

    String heartbeat(String nodeId, String sessionId, long sequence, int active) {
        return begin("telemetry.heartbeat")
                .append("\"sessionId\":\"")
                .append(sessionId)
                .append("\",\"sequence\":")
                .append(sequence)
                .append(",\"status\":\"")
                .append(active == 0 ? "IDLE" : "BUSY")
                .append("\",\"activeCommands\":[],\"cpuUsage\":0.1,\"memoryUsedBytes\":1073741824,\"gpus\":[")
                .append(gpusOf(nodeId, false))
                .append("]}}")
                .toString();
    }

    String ack(String sessionId, String commandId) {
        return about("command.ack", sessionId, commandId)
                .append(",\"accepted\":true}}")
                .toString();
    }

    /** @param job whether it is a job's, which has an exit code */
    String result(String sessionId, String commandId, boolean cancelled, boolean job) {
        about("command.result", sessionId, commandId).append(",\"outcome\":\"");
        if (cancelled) {
            text.append("cancelled\",\"error\":{\"category\":\"conflict\",\"message\":\"cancelled\","
                    + "\"retryable\":false}");
        } else {
            text.append("success\",\"output\":").append(job ? "{\"exitCode\":0}" : "{}");
        }
        return text.append(",\"startedAt\":\"")
                .append(timestamp)
                .append("\",\"finishedAt\":\"")
                .append(timestamp)
                .append("\"}}")
                .toString();
    }

    private StringBuilder about(String type, String sessionId, String commandId) {
        return begin(type)
                .append("\"sessionId\":\"")
                .append(sessionId)
                .append("\",\"commandId\":\"")
                .append(commandId)
                .append('"');
    }

    private StringBuilder begin(String type) {
        long now = System.currentTimeMillis();
        if (now != milliseconds) {
            milliseconds = now;
            timestamp = Instant.ofEpochMilli(now).truncatedTo(ChronoUnit.MILLIS).toString();
        }
        text.setLength(0);
        return text.append("{\"type\":\"")
                .append(type)
                .append("\",\"messageId\":\"h")
                .append(Long.toString(now, 36))
                .append('-')
                .append(Long.toString(count++, 36))
                .append('-')
                .append(Integer.toString(System.identityHashCode(this), 36))
                .append("\",\"timestamp\":\"")
                .append(timestamp)
                .append("\",\"data\":{");
    }

    /** The message's type, without reading all of it where the type comes first. */
    static String type(String message) {
        String prefix = "{\"type\":\"";
        return message.startsWith(prefix)
                ? message.substring(prefix.length(), message.indexOf('"', prefix.length()))
                : new JsonObject(message).getString("type");
    }

    /** The command a message is about; null where it is about none. Ids need no escapes. */
    static String commandId(String message) {
        String key = "\"commandId\":\"";
        int at = message.indexOf(key);
        if (at >= 0) {
            return message.substring(at + key.length(), message.indexOf('"', at + key.length()));
        }
        var json = new JsonObject(message);
        var metadata = json.getJsonObject("metadata");
        return metadata != null && metadata.containsKey("commandId")
                ? metadata.getString("commandId")
                : json.getJsonObject("data", new JsonObject()).getString("commandId");
    }
}

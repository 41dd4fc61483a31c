package io.aiwm.protocol;

/** Worker to controller, at once when something moved by more than 5 %: the sample that shows it. */
public record Resources(String sessionId, SystemInfo system) {
    public static final String TYPE = "telemetry.resources";
}

package io.aiwm.boot;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.LayoutBase;
import io.vertx.core.json.JsonObject;

/** One JSON object per line with the field names of the Elastic Common Schema, which log collectors know. */
final class JsonLayout extends LayoutBase<ILoggingEvent> {
    @Override
    public String doLayout(ILoggingEvent event) {
        var line = new JsonObject()
                .put("@timestamp", event.getInstant().toString())
                .put("log.level", event.getLevel().toString())
                .put("message", event.getFormattedMessage())
                .put("service.name", "aiwm")
                .put("log.logger", event.getLoggerName())
                .put("process.thread.name", event.getThreadName());
        event.getMDCPropertyMap().forEach(line::put);
        if (event.getThrowableProxy() != null) {
            line.put("error.type", event.getThrowableProxy().getClassName())
                    .put("error.message", event.getThrowableProxy().getMessage())
                    .put("error.stack_trace", TextLayout.trace(event));
        }
        return TextLayout.oneLine(line.encode()) + "\n"; // JSON knows the same escapes
    }
}

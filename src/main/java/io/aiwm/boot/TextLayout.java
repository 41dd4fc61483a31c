package io.aiwm.boot;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Context;
import ch.qos.logback.core.LayoutBase;
import java.util.HexFormat;

/**
 * One line per event, for people. Line breaks within become {@code |}, and other control characters are escaped: text
 * from a worker or a caller can neither start a new line nor send commands to a terminal.
 */
final class TextLayout extends LayoutBase<ILoggingEvent> {
    private final PatternLayout head = new PatternLayout();

    TextLayout() {
        head.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level [%thread] %logger{20} - %nopex");
    }

    @Override
    public void setContext(Context context) {
        super.setContext(context);
        head.setContext(context);
    }

    @Override
    public void start() {
        head.start();
        super.start();
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        String text = event.getFormattedMessage();
        if (event.getThrowableProxy() != null) {
            text += "\n" + trace(event);
        }
        return oneLine(head.doLayout(event)) + oneLine(text) + "\n";
    }

    /**
     * The stack trace of an event, or class and message alone of what Hazelcast warns of. It warns, from many classes, of
     * each operation that a member's death interrupts and that it then repeats; an operator can do nothing with where.
     */
    static String trace(ILoggingEvent event) {
        IThrowableProxy thrown = event.getThrowableProxy();
        if (event.getLevel() == Level.WARN && event.getLoggerName().startsWith("com.hazelcast.")) {
            return thrown.getClassName() + ": " + thrown.getMessage();
        }
        return ThrowableProxyUtil.asString(thrown);
    }

    /** Takes time linear in the text. */
    static String oneLine(String text) {
        var line = new StringBuilder(text.length() + 16);
        boolean broken = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n' || c == '\r') {
                broken = true;
                continue;
            }
            if (broken) {
                line.append(" | ");
                broken = false;
            }
            if (c != '\t' && commands(c)) {
                line.append("\\u").append(HexFormat.of().toHexDigits(c));
            } else {
                line.append(c);
            }
        }
        return line.toString();
    }

    /** Returns whether a terminal or an editor may interpret the character instead of showing it. */
    static boolean commands(char c) {
        return Character.isISOControl(c)
                || c == '\u2028' // ends a line
                || c == '\u2029'
                || (c >= '\u202a' && c <= '\u202e') // turns the direction of what follows
                || (c >= '\u2066' && c <= '\u2069');
    }
}

package io.aiwm.controller.execution;

/** How urgent work is: 0 to 100, higher first. The classes are names for points on that line. */
public final class Priority {
    public static final int LEAST = 0;
    public static final int LOW = 25;
    public static final int NORMAL = 50;
    public static final int HIGH = 75;
    public static final int MOST = 100;

    /** From one class to the next. */
    public static final int CLASS = 25;

    private Priority() {}
}

package io.aiwm.controller.job;

import io.aiwm.controller.execution.Priority;

/** Names for points on the line of priorities; they travel in lower case. */
enum PriorityClass {
    LOW(Priority.LOW),
    NORMAL(Priority.NORMAL),
    HIGH(Priority.HIGH),
    CRITICAL(Priority.MOST);

    final int value;

    PriorityClass(int value) {
        this.value = value;
    }
}

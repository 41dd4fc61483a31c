/**
 * Notifications: events of the log that rules choose, and the targets they go to. Described in docs/notifications.md.
 *
 * <p>{@link io.aiwm.controller.notification.NotificationRun} runs on one controller at a time. It reads the log of all events, stores
 * a delivery for each target that a rule names, and sends these to their targets: at least once, and of one resource in
 * the order of revisions. {@link io.aiwm.controller.notification.Targets}, {@link io.aiwm.controller.notification.Rules} and {@link
 * io.aiwm.controller.notification.Inbox} are the only writers of their records.
 */
package io.aiwm.controller.notification;

/**
 * Jobs: one program run to its end, many of them (arrays), and again and again (schedules). A job is an execution of
 * category {@code job}; what is here makes such executions, finds them and shows them.
 */
package io.aiwm.controller.job;

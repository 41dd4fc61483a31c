/**
 * Deployments: the record, its only writer, the executions it plans, and what it reflects of their outcome and of what
 * workers report. Described in docs/deployments.md.
 */
package io.aiwm.controller.deployment;

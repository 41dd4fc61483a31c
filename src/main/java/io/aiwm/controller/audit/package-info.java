/**
 * Who changed what: {@link io.aiwm.controller.audit.AuditLog} is a chain of entries ({@link io.aiwm.common.AuditChain}), in the
 * store as blocks. The HTTP engine writes to it what callers change, agents the tools that they call.
 */
package io.aiwm.controller.audit;

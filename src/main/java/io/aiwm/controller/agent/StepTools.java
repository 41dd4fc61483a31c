package io.aiwm.controller.agent;

import io.aiwm.controller.audit.AuditLog;
import io.aiwm.controller.execution.Executions;
import io.aiwm.inference.Caller;
import io.aiwm.inference.call.InternalCalls;
import io.soabase.recordbuilder.core.RecordBuilder;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.function.BiFunction;

/**
 * What carrying out a step needs.
 *
 * @param callers of a user and the id of an API key (null: none); fails when the user may call no more
 */
@RecordBuilder
record StepTools(
        Executions executions,
        Conversations conversations,
        Agents agents,
        Messages messages,
        Memories memories,
        Summaries summaries,
        Approvals approvals,
        TurnStreams streams,
        TurnStarts starts,
        InternalCalls models,
        BiFunction<UserIdentity, String, Future<Caller>> callers,
        ContextLengths contexts,
        ToolCalls calls,
        AuditLog audit,
        InstantSource clock) {}

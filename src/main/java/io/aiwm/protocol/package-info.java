/**
 * The messages between controllers and workers, one record per message, as docs/protocol.md describes them.
 *
 * <p>May import {@code common} and nothing else of ours, so that both sides can import it.
 *
 * <p>Main types: {@link io.aiwm.protocol.Envelope} carries each message, {@link io.aiwm.protocol.NodeRegister} begins a
 * session, {@link io.aiwm.protocol.CommandNames} lists the commands, {@link io.aiwm.protocol.ContainerSpec} and {@link
 * io.aiwm.protocol.JobCommand} say what to run, {@link io.aiwm.protocol.Address} is a typed address of the event bus.
 */
package io.aiwm.protocol;

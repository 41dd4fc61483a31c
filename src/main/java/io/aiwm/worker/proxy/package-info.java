/**
 * A worker of role {@code proxy}: serves the inference gateway at an address of its own, with the configuration that a controller
 * sent last, and keeps what was used until a controller has counted it. Needs no controller for either.
 */
package io.aiwm.worker.proxy;

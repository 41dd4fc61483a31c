/** Simulated nodes that speak the real protocol and run nothing, for benches and tests of large fleets. */
package io.aiwm.worker.hollow;

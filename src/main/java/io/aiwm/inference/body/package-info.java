/** Reads what callers send and what upstreams answer without building trees. Knows no network. */
package io.aiwm.inference.body;

/** Connections to what answers: replicas and external endpoints. */
package io.aiwm.inference.upstream;

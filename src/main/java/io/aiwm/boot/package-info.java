/**
 * Starts and stops one process: configuration, logging, checks before the start, secrets, the cluster with its encryption, and
 * the deployment of verticles. Knows neither the controller nor the worker; both are given to it as an {@link io.aiwm.boot.App}.
 */
package io.aiwm.boot;

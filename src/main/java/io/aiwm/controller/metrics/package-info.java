/**
 * What replicas of deployments used within the last hour, in memory of the controllers that had the sessions of their nodes.
 */
package io.aiwm.controller.metrics;

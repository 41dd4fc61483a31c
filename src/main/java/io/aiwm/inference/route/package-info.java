/** What the gateway can call: deployments, external endpoints, and the aliases that name them. */
package io.aiwm.inference.route;

/** How many replicas deployments have, by the calls that gateways make. */
package io.aiwm.controller.autoscale;

/**
 * What happens by time alone: deadlines of executions, the sweeps that repair what a lost hint or a killed controller left,
 * and the deletion of old records.
 */
package io.aiwm.controller.monitor;

/** Jobs as plain processes of this machine: no isolation whatever, and only where the worker's own settings say so. */
package io.aiwm.worker.process;

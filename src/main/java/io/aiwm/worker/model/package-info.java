/** Model files on this machine: download, checksum, list and deletion. */
package io.aiwm.worker.model;

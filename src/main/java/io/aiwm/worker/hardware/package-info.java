/** What the machine is made of and how it is used: one probe for each subject, a sampler that runs them. */
package io.aiwm.worker.hardware;

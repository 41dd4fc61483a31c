package io.aiwm.worker.hardware;

/** Looks at one part of the machine. Blocking; one call at a time. What it throws leaves only its own part unseen. */
interface Probe {
    void look(Sample sample);
}

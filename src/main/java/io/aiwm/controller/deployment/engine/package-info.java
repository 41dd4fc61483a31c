/** Inference engines: what a container is made of that serves a model with one of them. Pure; knows no deployment. */
package io.aiwm.controller.deployment.engine;

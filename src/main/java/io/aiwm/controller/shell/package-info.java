/**
 * Shells in containers of deployments, from the users who type to the workers that run them. Nothing is stored; who may open one is
 * decided by who opens it.
 */
package io.aiwm.controller.shell;

/** The command line: reads commands and options, and answers those that start no mode. Depends on {@code boot} only. */
package io.aiwm.cli;

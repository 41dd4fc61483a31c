/** The command line: reads commands and options, and answers those that start no mode. Of other rooms it knows {@code boot} and
 * what is common; a controller is asked over HTTP. */
package io.aiwm.cli;

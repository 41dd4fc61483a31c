package io.aiwm.protocol;

/**
 * Whose records a controller keeps. Controllers on one MongoDB are one installation; each SQLite file is one of its own.
 *
 * @param id made once, kept in the store
 * @param controllerId the process that speaks
 * @param place where a person finds that process: machine, address, data directory
 */
public record Installation(String id, String controllerId, String place) {}

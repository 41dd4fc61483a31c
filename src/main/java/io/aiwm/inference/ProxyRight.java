package io.aiwm.inference;

/** To which deployments a caller may send any request by {@code /proxy}. A server behind it may take orders there. */
public enum ProxyRight {
    NONE,
    /** Those that the models of the key's limits name literally. */
    NAMED,
    ALL
}

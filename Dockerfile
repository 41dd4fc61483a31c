# The image of both roles. Build the jar first (bin/aiwm version does it), then: docker build -t aiwm .
# No registry is assumed: name any base with a Java runtime, 17 or newer.
ARG BASE=eclipse-temurin:17-jre
FROM ${BASE}

LABEL org.opencontainers.image.title="AIWM" \
      org.opencontainers.image.description="AI Workload Manager: controller and worker in one jar" \
      org.opencontainers.image.version="0.1.0"

COPY target/aiwm.jar /opt/aiwm/aiwm.jar
# numbers, so that no user database is needed in the base
RUN mkdir -p /var/lib/aiwm && chown 10001:10001 /var/lib/aiwm && chmod 700 /var/lib/aiwm
USER 10001:10001
WORKDIR /opt/aiwm
VOLUME /var/lib/aiwm
# inside a container the HTTP port must be reachable from outside it; the cluster port stays on loopback until it is set
ENV AIWM_DATA_DIR=/var/lib/aiwm AIWM_HTTP_HOST=0.0.0.0
EXPOSE 3003
# a worker has no HTTP port: run it with --no-healthcheck
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["java", "-jar", "/opt/aiwm/aiwm.jar", "health"]
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=75", "-XX:+ExitOnOutOfMemoryError", "-jar", "/opt/aiwm/aiwm.jar"]
CMD ["controller"]

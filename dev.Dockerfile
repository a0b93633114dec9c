# For docker-compose.dev.yml: Python and the dependencies of all services, and none of
# their code, which is mounted. Built from the root of the repository.
FROM python:3.13-slim

WORKDIR /build
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

COPY requirements/services.txt requirements/services.txt
RUN pip install --require-hashes -r requirements/services.txt
COPY requirements/reload.txt requirements/reload.txt
RUN pip install --require-hashes -r requirements/reload.txt \
    && useradd --system --uid 10001 --no-create-home app

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER app

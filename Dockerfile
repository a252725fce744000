# syntax=docker/dockerfile:1
# One image for api, worker and every command. docker-compose.yml says which of them a container runs.

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
# What changes seldom comes first: a change of the code alone installs nothing again.
COPY requirements/image.lock requirements/wheel.lock requirements/
RUN python -m venv /opt/leadworkflows \
 && /opt/leadworkflows/bin/pip install --require-hashes -r requirements/image.lock \
 && python -m venv /opt/wheel \
 && /opt/wheel/bin/pip install --require-hashes -r requirements/wheel.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/wheel/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/leadworkflows/bin/pip install --no-deps dist/*.whl \
 && /opt/leadworkflows/bin/pip uninstall --yes pip

FROM python:3.13-slim-bookworm
# A number and not a name, so that a cluster can see that it is not root.
RUN groupadd --gid 10001 leadworkflows \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin leadworkflows \
 && install -d -o 10001 -g 10001 -m 0700 /var/lib/leadworkflows
COPY --from=build /opt/leadworkflows /opt/leadworkflows
ENV PATH=/opt/leadworkflows/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    LEADWORKFLOWS_DATA_DIR=/var/lib/leadworkflows
USER 10001:10001
WORKDIR /var/lib/leadworkflows
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as ask; ask.urlopen('http://127.0.0.1:8080/healthz', timeout=3)"]
ENTRYPOINT ["leadworkflows"]
CMD ["api", "--host", "0.0.0.0", "--port", "8080"]

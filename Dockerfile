# The agent, and every other command: one process, not root, nothing but Python and this package.
# The base is pinned by its tag, which names the release of Python and of Debian: python's tags move
# for rebuilds only, and the workflow `image` scans what comes. A digest may be put behind it.
FROM python:3.13.5-slim-bookworm AS build
WORKDIR /src
COPY . .
# The environment sees no wheels but the constrained ones.
# hadolint ignore=DL3013
RUN pip wheel --no-cache-dir --constraint constraints.txt --wheel-dir /wheels . \
    && python -m venv --without-pip /opt/tfs-gitops \
    && pip --python /opt/tfs-gitops/bin/python install --no-cache-dir --no-index \
        --find-links /wheels tfs-gitops

FROM python:3.13.5-slim-bookworm
# What Docker makes of these folders, an empty volume takes over: its owner too.
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin agent \
    && install --directory --owner 10001 --group 10001 /config/served /models
COPY --from=build /opt/tfs-gitops /opt/tfs-gitops
ENV PATH=/opt/tfs-gitops/bin:$PATH \
    PYTHONUNBUFFERED=1
USER 10001:10001
ENTRYPOINT ["tfs-gitops"]
CMD ["--help"]

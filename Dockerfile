# The agent, and every other command: one process, not root, nothing but Python and this package.
# The base is pinned by its tag, which names the release of Python and of Debian: its digest was not
# to be had where this was written. `make digests` puts it behind; until then the workflow `image`
# scans what comes.
FROM python:3.13.5-slim-bookworm AS build
WORKDIR /src
COPY . .
# What is fetched has a hash in these files. What builds the wheel stays out of the environment.
RUN python -m venv --without-pip /opt/tfs-gitops \
    && pip --python /opt/tfs-gitops/bin/python install --no-cache-dir --no-deps \
        --require-hashes --requirement constraints.txt \
    && pip install --no-cache-dir --no-deps \
        --require-hashes --requirement .ci/constraints/build.txt \
    && pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && pip --python /opt/tfs-gitops/bin/python install --no-cache-dir --no-deps --no-index \
        /wheels/*.whl

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

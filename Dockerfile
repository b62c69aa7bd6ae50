# The agent, and every other command: one process, not root, nothing but Python and this package.
# The base is pinned by its digest, whatever becomes of its tag; `make digests` renews it, and the
# workflow `image` scans what it is each week.
FROM python:3.13.16-slim-bookworm@sha256:a1165e272e578941b84abc79e4ab38a0305cd12803a5c4247979ac7655f4d641 AS build
WORKDIR /src
COPY . .
# What is fetched has a hash in these files. What builds the wheel stays out of the environment.
RUN python -m venv --without-pip /opt/tfs-gitops \
    && pip --python /opt/tfs-gitops/bin/python install --no-cache-dir --no-deps \
        --require-hashes --only-binary=:all: --requirement constraints.txt \
    && pip install --no-cache-dir --no-deps \
        --require-hashes --only-binary=:all: --requirement .ci/constraints/build.txt \
    && pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && pip --python /opt/tfs-gitops/bin/python install --no-cache-dir --no-deps --no-index \
        /wheels/*.whl

FROM python:3.13.16-slim-bookworm@sha256:a1165e272e578941b84abc79e4ab38a0305cd12803a5c4247979ac7655f4d641
# What Docker makes of these folders, an empty volume takes over: its owner too.
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin agent \
    && install --directory --owner 10001 --group 10001 /config/served /models
COPY --from=build /opt/tfs-gitops /opt/tfs-gitops
ENV PATH=/opt/tfs-gitops/bin:$PATH \
    PYTHONUNBUFFERED=1
USER 10001:10001
ENTRYPOINT ["tfs-gitops"]
CMD ["--help"]

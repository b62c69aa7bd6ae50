# The agent, and every other command: one process, not root, nothing but Python and this package.
FROM python:3.13.5-slim-bookworm AS wheels
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --constraint constraints.txt --wheel-dir /wheels .

FROM python:3.13.5-slim-bookworm
COPY --from=wheels /wheels /wheels
# The only wheels that it sees are the constrained ones of the first stage.
# hadolint ignore=DL3013
RUN pip install --no-cache-dir --no-index --find-links /wheels tfs-gitops \
    && rm -rf /wheels \
    && useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin agent
USER 10001:10001
ENV PYTHONUNBUFFERED=1
ENTRYPOINT ["tfs-gitops"]
CMD ["--help"]

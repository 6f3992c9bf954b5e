# The service with its models: no compiler, no root, nothing to fetch when it starts.
FROM python:3.12-slim-bookworm AS build
WORKDIR /source
RUN python -m venv /opt/streamsign
RUN python -m venv /opt/build
COPY pyproject.toml requirements.txt requirements-build.txt requirements-cluster.txt requirements-traces.txt README.md LICENSE ./
RUN /opt/build/bin/pip install --no-cache-dir --require-hashes --requirement requirements-build.txt
RUN /opt/streamsign/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt \
    --requirement requirements-cluster.txt --requirement requirements-traces.txt
COPY models models
COPY streamsign streamsign
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/streamsign/bin/pip install --no-cache-dir --no-deps dist/*.whl
RUN XDG_CACHE_HOME=/opt/streamsign/cache /opt/streamsign/bin/streamsign phone-runtime

FROM python:3.12-slim-bookworm
COPY --from=build /opt/streamsign /opt/streamsign
RUN useradd --uid 10001 --no-create-home --home-dir /state streamsign && install -d -o streamsign -m 0700 /state
ENV PATH=/opt/streamsign/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GLIBC_TUNABLES=glibc.malloc.hugetlb=1 \
    XDG_CACHE_HOME=/opt/streamsign/cache \
    STREAMSIGN_STATE_DIR=/state
USER streamsign
VOLUME /state
EXPOSE 8080 8443
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('STREAMSIGN_PORT') or 8080}/readyz\", timeout=3)"]
ENTRYPOINT ["streamsign"]
CMD ["serve"]

# The server with its engine, for amd64 and arm64:  docker build -t bitnet-llm-server .
#
#   --build-arg ENGINE=bitnet     bitnet.cpp, which runs Microsoft's BitNet-b1.58-2B-4T (the default)
#   --build-arg ENGINE=llamacpp   llama.cpp as `manage.py build_engine` builds it; serves the demo model
#   --build-arg ENGINE=both       both: each model is run by the one that reads its weights; serves Microsoft's model
#   --build-arg PORTABLE=1        for any x86-64 processor with AVX2, instead of the one that builds
#
# Stages: base → packages → static, application; engine-bitnet, engine-llamacpp or engine-both; the last stage combines them.
ARG ENGINE=bitnet

# Run time dependencies. ca-certificates: the model is downloaded by HTTPS; libgomp1: llama.cpp's threads.
FROM debian:trixie-slim AS base
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libgomp1 python3 \
 && rm -rf /var/lib/apt/lists/*
ENV PATH=/app/.venv/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /app


FROM base AS packages
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv
COPY requirements.txt ./
# The final image does not need pip.
RUN python3 -m venv .venv \
 && pip install --no-cache-dir --disable-pip-version-check -r requirements.txt \
 && pip uninstall --yes --quiet pip


# Static files, compressed and under hashed names.
FROM packages AS static
COPY . .
RUN DATA_DIR=/tmp/data python manage.py collectstatic --no-input


FROM base AS application
COPY . .
# Move the demo model to a folder that the volume on models/ does not hide.
RUN mv models demo \
 && rm -r requirements*.txt static \
 && python3 -m compileall -q --invalidation-mode unchecked-hash bitnetsite chat inference


# llama.cpp. Only files that the build reads are copied, so that other changes do not rebuild it.
FROM base AS engine-llamacpp
ARG PORTABLE=0
RUN apt-get update && apt-get install -y --no-install-recommends build-essential python3-venv
COPY requirements-engine.txt ./
RUN python3 -m venv .venv && pip install --no-cache-dir --disable-pip-version-check -r requirements-engine.txt
COPY requirements-engine-source.txt ./
COPY inference/__init__.py inference/
COPY inference/provisioning/__init__.py inference/provisioning/
COPY inference/provisioning/engine/__init__.py inference/provisioning/engine/build_steps.py inference/provisioning/engine/engine_build.py inference/provisioning/engine/engine_source.py inference/provisioning/engine/
RUN python -c "import pathlib, sys; from inference.provisioning.engine.engine_build import Build, build_engine; \
        build_engine(Build(pathlib.Path('build'), portable=sys.argv[1] == '1'), sys.stdout)" "$PORTABLE" \
 && mkdir -p /engine/bin && strip -o /engine/bin/llama-cli build/bin/llama-cli


# bitnet.cpp, with Clang for its OpenMP: its threads sleep at barriers, those of GCC's OpenMP spin. A program of Clang needs
# libomp, which the last stage has no package of, so that it is copied next to the programs; they find it by their run path.
FROM base AS engine-bitnet
ARG PORTABLE=0
RUN apt-get update && apt-get install -y --no-install-recommends clang-19 git libomp-19-dev python3-venv
COPY requirements-engine.txt ./
RUN python3 -m venv .venv && pip install --no-cache-dir --disable-pip-version-check -r requirements-engine.txt
COPY requirements-engine-source.txt ./
COPY inference/__init__.py inference/
COPY inference/provisioning/__init__.py inference/provisioning/
COPY inference/provisioning/engine/__init__.py inference/provisioning/engine/bitnet_cpp.py inference/provisioning/engine/build_steps.py inference/provisioning/engine/engine_build.py inference/provisioning/engine/engine_source.py inference/provisioning/engine/
RUN python -c "import pathlib, sys; from inference.provisioning.engine.bitnet_cpp import BitnetCpp; \
        from inference.provisioning.engine.engine_build import Build, build_engine; \
        build_engine(Build(pathlib.Path('build'), ('llama-cli', 'llama-quantize'), sys.argv[1] == '1', BitnetCpp()), \
        sys.stdout)" "$PORTABLE" \
 && mkdir -p /engine/bitnet/bin && cp build/bin/llama-cli build/bin/llama-quantize /engine/bitnet/bin/ \
 && cp -L "$(ldd build/bin/llama-cli | awk '/libomp/ { print $3 }')" /engine/bitnet/bin/ \
 && /engine/bitnet/bin/llama-cli --version


FROM base AS engine-both
COPY --from=engine-llamacpp /engine /engine
COPY --from=engine-bitnet /engine /engine


# Repeats the default, for builders that ignore the one above when they resolve stages.
FROM engine-${ENGINE:-bitnet} AS engine


# The default model of each engine.
FROM base AS serving-bitnet
ENV MODEL_PATH=models/bitnet-b1.58-2b-4t.gguf \
    FETCH_MODEL=true

FROM serving-bitnet AS serving-both

FROM base AS serving-llamacpp
ENV MODEL_PATH=demo/demo-bitnet.gguf


FROM serving-${ENGINE:-bitnet}
RUN useradd --uid 1000 --user-group --no-create-home --shell /usr/sbin/nologin bitnet \
 && install -d -o bitnet -g bitnet data models
COPY --from=packages /app/.venv .venv
COPY --from=engine /engine .engine
COPY --from=application /app .
COPY --from=static /app/staticfiles staticfiles
USER bitnet
VOLUME ["/app/data", "/app/models"]
EXPOSE 8000
STOPSIGNAL SIGTERM
# Any status below 500 is healthy: ALLOWED_HOSTS may refuse 127.0.0.1 although the process is alive.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "\
import http.client, sys; \
server = http.client.HTTPConnection('127.0.0.1', 8000, timeout=4); \
server.request('GET', '/health/live'); \
sys.exit(server.getresponse().status >= 500)"]
# exec: gunicorn receives the signals and reaps orphans. /dev/shm: its heartbeat must not wait for a disk.
CMD ["sh", "-c", "{ [ \"$ROLE\" = engine ] || { python manage.py migrate --no-input && python manage.py first_administrator; }; } && exec gunicorn -c python:bitnetsite.gunicorn --bind 0.0.0.0:8000 --worker-tmp-dir /dev/shm"]

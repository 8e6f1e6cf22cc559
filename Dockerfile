# The server with its engine, for amd64 and arm64:  docker build -t bitnet-llm-server .
#
#   --build-arg ENGINE=bitnet     bitnet.cpp, which runs Microsoft's BitNet-b1.58-2B-4T (the default)
#   --build-arg ENGINE=llamacpp   llama.cpp as `manage.py build_engine` builds it; serves the demo model
#   --build-arg PORTABLE=1        for any x86-64 processor with AVX2, instead of the one that builds
#
# Stages: base → packages → static, application; engine-bitnet or engine-llamacpp; the last stage combines them.
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
COPY inference/provisioning/__init__.py inference/provisioning/build_steps.py inference/provisioning/engine_build.py inference/provisioning/engine_source.py inference/provisioning/
RUN python -c "import pathlib, sys; from inference.provisioning.engine_build import Build, build_engine; \
        build_engine(Build(pathlib.Path('build'), portable=sys.argv[1] == '1'), sys.stdout)" "$PORTABLE" \
 && mkdir /engine && strip -o /engine/llama-cli build/bin/llama-cli


# bitnet.cpp, at a commit whose llama.cpp reads the type I2_S of Microsoft's file. Newer commits record another llama.cpp.
FROM debian:trixie-slim AS engine-bitnet
ARG PORTABLE=0
ARG BITNET_COMMIT=01eb415772c342d9f20dc42772f1583ae1e5b102
ARG LLAMA_COMMIT=1f86f058de0c3f4098dedae2ae8653c335c868a1
# Clang, because bitnet.cpp's kernels do not compile with GCC; its OpenMP, because its threads sleep at barriers.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates clang-19 cmake git libomp-19-dev ninja-build
WORKDIR /src
# The commit pins its llama.cpp; the last line verifies that it is the expected one.
RUN git init --quiet . \
 && git fetch --quiet --depth 1 https://github.com/microsoft/BitNet.git "$BITNET_COMMIT" \
 && git checkout --quiet FETCH_HEAD \
 && git submodule update --init --depth 1 3rdparty/llama.cpp \
 && test "$(git -C 3rdparty/llama.cpp rev-parse HEAD)" = "$LLAMA_COMMIT"
# 1. A pointer to constant data lacks `const`, which is an error in Clang; lines that have it are not changed.
# 2. A header of lookup-table kernels must exist for the build. I2_S never calls them, so any will do.
RUN sed -i -E 's/^( *)int8_t \* y_col = y \+ col \* by;/\1const int8_t * y_col = y + col * by;/' src/ggml-bitnet-mad.cpp \
 && case "$(uname -m)" in x86_64) kernels=tl2 ;; *) kernels=tl1 ;; esac \
 && cp "preset_kernels/bitnet_b1_58-3B/bitnet-lut-kernels-$kernels.h" include/bitnet-lut-kernels.h
# 3. `-include chrono`: several files of llama.cpp use it without including it.
# 4. The kernels of step 2 are disabled (TL1, TL2). As a subproject, llama.cpp builds programs only on request.
# 5. Static programs: only Clang's OpenMP is copied with them, and found by the run path.
# 6. On ARM, cmake does not detect the processor: dot product instructions, if it has them, must be enabled.
RUN case "$(uname -m):$PORTABLE" in \
      x86_64:1) cpu="-DGGML_NATIVE=OFF -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON" ;; \
      x86_64:*) cpu="-DGGML_NATIVE=ON" ;; \
      *:1) cpu="-DGGML_NATIVE=OFF" ;; \
      *) cpu="-DGGML_NATIVE=OFF" && if grep -qw asimddp /proc/cpuinfo; then arm="-march=armv8.2-a+dotprod"; fi ;; \
    esac \
 && cmake -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF $cpu \
      -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 \
      "-DCMAKE_C_FLAGS=${arm:-}" "-DCMAKE_CXX_FLAGS=${arm:-} -include chrono" \
      -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON '-DCMAKE_INSTALL_RPATH=$ORIGIN' \
      -DBITNET_ARM_TL1=OFF -DBITNET_X86_TL2=OFF -DLLAMA_CURL=OFF \
      -DLLAMA_BUILD_COMMON=ON -DLLAMA_BUILD_EXAMPLES=ON -DLLAMA_BUILD_SERVER=ON -DLLAMA_BUILD_TESTS=OFF \
 && cmake --build build --target llama-cli llama-quantize
RUN mkdir /engine \
 && cp build/bin/llama-cli build/bin/llama-quantize /engine/ \
 && cp -L "$(ldd build/bin/llama-cli | awk '/libomp/ { print $3 }')" /engine/ \
 && /engine/llama-cli --version


# Repeats the default, for builders that ignore the one above when they resolve stages.
FROM engine-${ENGINE:-bitnet} AS engine


# The default model of each engine.
FROM base AS serving-bitnet
ENV MODEL_PATH=models/ggml-model-i2_s.gguf \
    FETCH_MODEL=true

FROM base AS serving-llamacpp
ENV MODEL_PATH=demo/demo-bitnet.gguf


FROM serving-${ENGINE:-bitnet}
RUN useradd --uid 1000 --user-group --no-create-home --shell /usr/sbin/nologin bitnet \
 && install -d -o bitnet -g bitnet data models
COPY --from=packages /app/.venv .venv
COPY --from=engine /engine .engine/bin
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
CMD ["sh", "-c", "python manage.py migrate --no-input && python manage.py first_administrator && exec gunicorn -c python:bitnetsite.gunicorn --bind 0.0.0.0:8000 --worker-tmp-dir /dev/shm"]

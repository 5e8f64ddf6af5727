# camera-serve in a container, on processors (the last target, so the default) or on NVIDIA's GPUs:
#   docker build -t camera-serve .
#   docker build -t camera-serve:cuda --target cuda .
# docs/guide/serving.md tells how to run them, and how the first is made small by PyTorch's wheels without CUDA.
# Podman and Buildah want --format docker besides: their own format has no health check.
ARG PYTHON=3.12

# Libraries are installed before the code is copied, and are layers of their own: an edit of the code renews neither.
FROM python:${PYTHON}-slim AS requirements
WORKDIR /project
COPY pyproject.toml ./
COPY scripts/list_requirements.py scripts/
RUN python scripts/list_requirements.py heif meshes serve > requirements.txt

FROM python:${PYTHON}-slim AS libraries
# Where packages are from, if not from where pip looks by itself. Nothing of this stage but the packages is in the image.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG TORCH_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
RUN pip install ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} torch torchvision
# The list alone, which other edits of pyproject.toml leave as it is.
COPY --from=requirements /project/requirements.txt /project/
RUN pip install --requirement /project/requirements.txt

FROM python:${PYTHON}-slim AS package
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
RUN pip install --no-cache-dir hatchling
WORKDIR /project
COPY LICENSE README.md pyproject.toml ./
COPY camera_estimation camera_estimation
RUN pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheels .

FROM python:${PYTHON}-slim AS runtime
# The cache has kernels, views of meshes, weights and the server's own folder.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CAMERA_ESTIMATION_CACHE=/var/cache/camera-estimation \
    WARP_CACHE_PATH=/var/cache/camera-estimation/warp
RUN useradd --create-home --uid 10001 camera \
    && mkdir --parents /var/cache/camera-estimation \
    && chown camera:camera /var/cache/camera-estimation
COPY --from=libraries /opt/venv /opt/venv
COPY --from=package /wheels /opt/wheels
RUN pip install --no-index --no-deps --no-cache-dir /opt/wheels/*.whl
USER camera
WORKDIR /home/camera
# Kernels of the processor are compiled here, so that the first request need not wait for them.
RUN camera-estimate --demo --device cpu --output_dir /tmp/demo \
    && rm --recursive /tmp/demo "$CAMERA_ESTIMATION_CACHE/views"
VOLUME /var/cache/camera-estimation
EXPOSE 8030
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8030/healthz', timeout=4)"]
ENTRYPOINT ["camera-serve", "--host", "0.0.0.0", "--port", "8030"]

# On no base of NVIDIA's: the wheels of torch and Warp bring CUDA's libraries, whoever runs the container the driver's.
FROM runtime AS cuda
# Kernels of the GPU are compiled at the first start, for the GPU that is there, and kept in the cache.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM runtime AS cpu
CMD ["--device", "cpu"]

"""What Prometheus asks for."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from camera_estimation.serve.jobs import EstimatingProcess, JobQueue, ServeJob
from camera_estimation.serve.places import MeshShelf

NAMESPACE = "camera_serve"
REQUEST_BUCKETS = (0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
ESTIMATE_BUCKETS = (0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300)


class ServeMetrics:
    """Counts of one server."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(namespace=NAMESPACE, registry=registry)
        labels = ("method", "route")
        self.requests = Counter(
            "requests", "Requests by their status.", (*labels, "status"), namespace=NAMESPACE, registry=registry
        )
        self.request_seconds = Histogram(
            "request_seconds",
            "Time until a request is answered.",
            labels,
            namespace=NAMESPACE,
            registry=registry,
            buckets=REQUEST_BUCKETS,
        )
        self.jobs = Counter(
            "jobs", "Jobs by how they ended.", ("kind", "outcome"), namespace=NAMESPACE, registry=registry
        )
        self.running_seconds = Histogram(
            "running_seconds",
            "Time that a job runs.",
            ("kind",),
            namespace=NAMESPACE,
            registry=registry,
            buckets=ESTIMATE_BUCKETS,
        )

    def watch(self, queue: JobQueue, worker: EstimatingProcess, shelf: MeshShelf) -> None:
        """Show what these have at the moment it is asked for."""
        gauges = {
            ("queue_length", "Jobs that wait."): lambda: len(queue.waiting),
            ("receiving", "Requests that are received."): lambda: queue.places_held,
            ("running", "Jobs that run."): lambda: int(queue.running is not None),
            ("finished_kept", "Finished jobs whose results are kept."): lambda: len(queue.finished),
            ("worker_memory_bytes", "Of the process that estimates, resident."): lambda: worker.memory_bytes,
            ("worker_starts", "Of processes that estimate; more than one where some died."): lambda: worker.starts,
            ("worker_ready", "Whether it can be given tasks."): lambda: int(worker.ready),
            ("meshes_kept", "Meshes on disk."): lambda: len(shelf),
            ("meshes_bytes", "Of meshes on disk."): lambda: shelf.used_bytes,
        }
        for (name, text), value in gauges.items():
            Gauge(name, text, namespace=NAMESPACE, registry=self.registry).set_function(value)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request that was answered."""
        self.requests.labels(method, route, str(status)).inc()
        self.request_seconds.labels(method, route).observe(seconds)

    def count_job(self, job: ServeJob) -> None:
        """A job that has ended."""
        self.jobs.labels(job.kind, job.state).inc()
        if job.begun:
            self.running_seconds.labels(job.kind).observe(job.seconds()["running"])

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self.registry)

"""``python -m camera_estimation.serve.worker``: started by the server, and told what to do on its standard input."""

from camera_estimation.serve.worker.loop import run_worker

if __name__ == "__main__":
    run_worker()

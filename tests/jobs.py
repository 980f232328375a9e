"""Runs the background jobs that a test has enqueued, as a worker would."""

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob


def run_jobs(*names: str) -> int:
    """Carry out the waiting jobs whose task's name ends with one of `names` (all without), in order, and return how many."""
    done = 0
    while True:
        waiting = [
            job
            for job in ProcrastinateJob.objects.filter(status="todo").order_by("id")
            if not names or job.task_name.endswith(names)
        ]
        if not waiting:
            return done
        for job in waiting:
            app.tasks[job.task_name].func(**job.args)
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.pk]
                )
            done += 1
